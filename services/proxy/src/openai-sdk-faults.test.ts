import { openAiNodeWays } from "./testing/openai-node-ways.js";
import { testSdkFaults } from "./testing/test-sdk-faults.js";

testSdkFaults(openAiNodeWays);
