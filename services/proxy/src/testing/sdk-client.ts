import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import OpenAI, { type ClientOptions } from "openai";
import type { TestProxy } from "./start-test-proxy.js";

/** What teams put in place of OpenAI's own base URL. */
export function openAiUrl({ proxy }: TestProxy): string {
  return `${proxy.url}/v1`;
}

/** The key that the tests' callers show, in the form of Meridian's own. */
export const callerKey = "mk_key-of-a-team-00000000000000000000000000000000";

/** OpenAI's client as a team has it that changed its base URL alone, but that it does not retry by itself. */
export function createSdkClient(baseURL: string, options: ClientOptions = {}): OpenAI {
  return new OpenAI({ baseURL, apiKey: callerKey, maxRetries: 0, logLevel: "off", ...options });
}

/** The provider of the `ai` SDK for servers like OpenAI's. Its name is that of Meridian's own options. */
export function createAiProvider(baseURL: string): ReturnType<typeof createOpenAICompatible> {
  return createOpenAICompatible({
    name: "meridian",
    baseURL,
    apiKey: callerKey,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
}
