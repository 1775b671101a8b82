import { setTimeout as sleep } from "node:timers/promises";
import { user } from "@meridian/inference-client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { collectGarbage } from "./testing/collect-garbage.js";
import { hasStopped } from "./testing/has-stopped.js";
import { type Leaving, startRawCall } from "./testing/raw-call.js";
import { type RelayProcess, startRelayProcess } from "./testing/start-relay-process.js";
import { startTestProxy, type TestProxy } from "./testing/start-test-proxy.js";

const streams = 20;
/**
 * Much more than the buffers of both sockets hold, which the system lets grow to 10 MB each: 40 MB of events in either
 * form. Over HTTP/1.1, where nothing but those buffers limits what is on the way, small deltas would all fit in.
 */
const forms = {
  "small deltas": { max_tokens: 100_000 },
  "large deltas": { max_tokens: 20_000, logprobs: true, top_logprobs: 20 },
} as const;
const cases = [
  { leaving: "connect over HTTP/1.1, the socket is closed", form: "large deltas" },
  { leaving: "connect over HTTP/2, the stream is reset", form: "large deltas" },
  { leaving: "openai over HTTP/1.1, the socket is closed", form: "large deltas" },
  { leaving: "openai over HTTP/2, the stream is reset", form: "small deltas" },
  { leaving: "grpc, the stream is reset", form: "small deltas" },
  { leaving: "grpc, the connection is closed", form: "small deltas" },
] as const;
/** Of the proxy and, in the same process, of the caller's connection. */
const maxGrowthBytes = 1_500_000;

let relay: RelayProcess;
let running: TestProxy;

beforeAll(async () => {
  relay = await startRelayProcess("--answer-tokens", "100000");
  running = await startTestProxy({
    yaml: `
probe: { intervalMs: 3600000 }
endpoints:
  - { name: relay, baseUrl: "${relay.baseUrl}", credentials: [{ name: key, key: "\${env:TEST_RELAY_KEY}" }] }
`,
  });
});

afterAll(async () => {
  // A process that is left behind would keep the test run from ending.
  await running.stop().finally(relay.stop);
});

test.each(cases)(
  "$leaving, $form: callers who do not read slow the relay down, and cost little",
  // Gigabytes are made before all buffers are full.
  { timeout: 150_000 },
  async ({ leaving, form }) => {
    // Once for warmth, so that what is loaded, compiled and kept for later is not counted.
    await hold(leaving, form);
    const beforeBytes = await settledBytes();
    const heldBytes = await hold(leaving, form);
    expect((heldBytes - beforeBytes) / streams).toBeLessThan(maxGrowthBytes);
    // Nothing of the streams is kept; a tenth of them could not hide in this.
    await vi.waitFor(() => expect((usedBytes() - beforeBytes) / streams).toBeLessThan(maxGrowthBytes / 10), {
      timeout: 5_000,
      interval: 200,
    });
  },
);

/** Holds streams that nobody reads, and leaves them. Gives what the process used meanwhile. */
async function hold(leaving: Leaving, form: keyof typeof forms): Promise<number> {
  const { max_tokens: answerTokens } = forms[form];
  const request = { model: "gpt-4.1", messages: [user("Tell me a long story")], ...forms[form] };
  const earlier = (await relay.calls()).length;
  const callsNow = async () => (await relay.calls()).slice(earlier);

  const calls = Array.from({ length: streams }, () => startRawCall(running.proxy.url, leaving, "StreamChat", request));
  await Promise.all(
    calls.map(async (call) => {
      await call.firstBytes;
      call.pause();
    }),
  );
  const sentTokens = async () => (await callsNow()).reduce((sum, { tokensSent }) => sum + tokensSent, 0);
  expect(await hasStopped(sentTokens, 40_000)).toBeLessThan((streams * answerTokens) / 2);
  expect((await callsNow()).map(({ outcome }) => outcome)).toEqual(Array<string>(streams).fill("open"));
  const heldBytes = usedBytes();

  for (const call of calls) call.leave();
  await Promise.all(calls.map(({ closed }) => closed));
  await vi.waitFor(async () => {
    expect((await callsNow()).map(({ outcome }) => outcome)).toEqual(Array<string>(streams).fill("client_closed"));
  });
  const ended = running.log.filter(({ msg }) => msg === "call").slice(-streams);
  expect(ended.every(({ code }) => code === "canceled")).toBe(true);
  return heldBytes;
}

/** What the process holds after a collection: objects, and the buffers outside of the heap. The callers' side is in it. */
function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The same, when what is over has been let go of: sockets and buffers take a few turns. */
async function settledBytes(): Promise<number> {
  let lastBytes = usedBytes();
  for (let look = 0; look < 25; look++) {
    await sleep(200);
    const nowBytes = usedBytes();
    if (lastBytes - nowBytes < maxGrowthBytes / 10) return nowBytes;
    lastBytes = nowBytes;
  }
  return lastBytes;
}
