import { openAiCalls } from "./openai-calls.js";
import type { Subject } from "./subject.js";

/** Nothing in between: what the relay and the load take by themselves. */
export const directSubject: Subject = {
  name: "direct",
  description: "The relay itself, called without a proxy.",
  // The relay has no HTTP/2: whatever is in between there, this is what it adds to.
  calls: { "unary-http1": openAiCalls["unary-http1"], "unary-h2c": openAiCalls["unary-http1"] },
  start: async ({ relayOrigin }) => ({
    pid: undefined,
    origins: { http1: relayOrigin, h2c: relayOrigin },
    stop: async () => {},
  }),
};
