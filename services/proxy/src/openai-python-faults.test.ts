import { openAiPythonWays } from "./testing/openai-python-ways.js";
import { testSdkFaults } from "./testing/test-sdk-faults.js";
import { usePythonSdk } from "./testing/use-python-sdk.js";

testSdkFaults(openAiPythonWays(usePythonSdk()));
