import { createServer } from "node:http";
import { expect, test } from "vitest";
import { listenLocally } from "../listen-locally.js";
import { WrongAnswers } from "../measure/measure.js";
import { startProcess } from "../start-process.js";
import { meridianSubject } from "../subjects/meridian.js";
import { rawNodeSubject } from "../subjects/raw-node.js";
import type { Subject } from "../subjects/subject.js";
import { measureIdle } from "./measure-idle.js";

// How much memory it is is none of a test's business.
test.runIf(process.platform === "linux")(
  "idle streams are held, ended, and let go of where their callers are killed",
  async () => {
    const script = new URL("../../dist/relay/main.js", import.meta.url);
    const relay = await startProcess({ script, ready: /^ready (\S+)$/ });
    try {
      const relayOrigin = relay.ready[1] ?? "";
      const plan = { relay, relayOrigin, cores: undefined, streams: [4], killedStreams: 3, limitMs: 60_000, restMs: 0 };
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

test.runIf(process.platform === "linux")(
  "streams that never begin are waited for no longer than the limit",
  async () => {
    const relay = await startProcess({
      script: new URL("../../dist/relay/main.js", import.meta.url),
      ready: /^ready (\S+)$/,
    });
    const server = createServer(() => {});
    let isStopped = false;
    const mute: Subject = {
      ...rawNodeSubject,
      name: "mute",
      start: async () => {
        const origin = await listenLocally(server);
        const stop = async () => {
          isStopped = true;
          server.closeAllConnections();
          server.close();
        };
        return { pid: process.pid, origins: { http1: origin, h2c: origin }, stop };
      },
    };
    try {
      const relayOrigin = relay.ready[1] ?? "";
      const plan = { relay, relayOrigin, cores: undefined, streams: [4], killedStreams: 3, limitMs: 300, restMs: 0 };
      const measuring = measureIdle(plan, mute, "stream-http1");
      await expect(measuring).rejects.toEqual(
        new WrongAnswers("3 idle streams of mute had not all begun after 300 ms"),
      );
      expect(isStopped).toBe(true);
    } finally {
      await relay.stop();
    }
  },
);
