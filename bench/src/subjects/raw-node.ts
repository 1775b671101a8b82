import { relayKey } from "../relay/instant-relay.js";
import { startProcess } from "../start-process.js";
import { openAiCalls } from "./openai-calls.js";
import type { Subject } from "./subject.js";

/** `node:http` and undici's dispatcher, bytes passed on as they are: as cheap as a proxy in Node gets. */
export const rawNodeSubject = createRawSubject(
  "raw-node",
  "bytes",
  "node:http (and node:http2) in front of undici's dispatcher; bytes are passed on as they are.",
);

/** The same, with every JSON parsed and encoded again: as cheap as a proxy in Node that reads what it passes on gets. */
export const rawNodeJsonSubject = createRawSubject(
  "raw-node-json",
  "json",
  "The same, with the request, the answer and every event parsed as JSON and encoded again.",
);

function createRawSubject(name: string, mode: "bytes" | "json", description: string): Subject {
  return {
    name,
    description,
    calls: openAiCalls,
    start: async ({ relayOrigin, cores, inspect }) => {
      const { pid, ready, inspectorUrl, stop } = await startProcess({
        script: new URL("../../dist/raw/main.js", import.meta.url),
        args: [relayOrigin, relayKey, mode],
        ready: /^ready (\S+) (\S+)$/,
        cores,
        inspect,
      });
      const [, http1 = "", h2c = ""] = ready;
      return { pid, inspectorUrl, origins: { http1, h2c }, stop };
    },
  };
}
