import { expect, test } from "vitest";
import { startProcess } from "../start-process.js";
import { meridianSubject } from "../subjects/meridian.js";
import { measureIdle } from "./measure-idle.js";

// How much memory it is is none of a test's business.
test.runIf(process.platform === "linux")(
  "idle streams are held, ended, and let go of where their callers are killed",
  async () => {
    const script = new URL("../../dist/relay/main.js", import.meta.url);
    const relay = await startProcess({ script, ready: /^ready (\S+)$/ });
    try {
      const relayOrigin = relay.ready[1] ?? "";
      const plan = { relay, relayOrigin, cores: undefined, streams: [4], killedStreams: 3 };
      const memory = { residentBytes: expect.any(Number), heldBytes: expect.any(Number) };
      expect(await measureIdle(plan, meridianSubject, "stream-h2c")).toEqual({
        subject: "meridian",
        form: "stream-h2c",
        perStream: [{ streams: 4, ...memory }],
        left: memory,
        killed: { streams: 3, relayStreams: 0 },
      });
    } finally {
      await relay.stop();
    }
  },
  60_000,
);
