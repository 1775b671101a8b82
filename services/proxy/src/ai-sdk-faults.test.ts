import { aiWays } from "./testing/ai-ways.js";
import { testSdkFaults } from "./testing/test-sdk-faults.js";

testSdkFaults(aiWays);
