import { user } from "@meridian/inference-client";
import { afterEach, expect, test } from "vitest";
import { hasStopped } from "./testing/has-stopped.js";
import { type Leaving, startRawCall } from "./testing/raw-call.js";
import { spawnProxy } from "./testing/spawn-command.js";
import { type EndlessRelay, startEndlessRelay } from "./testing/start-endless-relay.js";

const streams = 200;
/** More than the 10 MB that are asked for: over HTTP/1.1 the system's own buffers hold most of those. */
const streamBytes = 40_000_000;
/**
 * For each stream. Resident it measured 0.25 to 0.57 MB, and 0.41 to 0.82 MB over HTTP/1.1, where 5 MB of each stream pass
 * first and leave their garbage; in use 0.1 to 0.53 MB, of which garbage that waits to be collected is a part.
 */
const maxGrowthBytes = 1_000_000;

const cases: readonly { readonly leaving: Leaving; readonly deltaLength: number }[] = [
  { leaving: "grpc, the stream is reset", deltaLength: 5 },
  { leaving: "grpc, the stream is reset", deltaLength: 8_000 },
  { leaving: "connect over HTTP/2, the stream is reset", deltaLength: 500 },
  // Small deltas would fill the 5 MB that the system's buffers hold of each stream for minutes.
  { leaving: "connect over HTTP/1.1, the socket is closed", deltaLength: 8_000 },
  { leaving: "openai over HTTP/2, the stream is reset", deltaLength: 500 },
];

let stop: (() => Promise<unknown>) | undefined;
afterEach(() => stop?.());

test.for(cases)("200 callers who do not read, $leaving, deltas of $deltaLength", { timeout: 90_000 }, async (each) => {
  const { leaving, deltaLength } = each;
  const relay = await startEndlessRelay(deltaLength, streamBytes);
  // In a process of its own: what the callers and the relay hold does not count.
  const proxy = await spawnProxy({ RELAY_BASE_URL: relay.baseUrl, RELAY_API_KEY: "key", LOG_LEVEL: "silent" });
  stop = async () => {
    proxy.child.kill("SIGKILL");
    await proxy.exited;
    await relay.close();
  };
  // Once before, so that what is loaded, compiled and kept for later is not counted.
  await hold(proxy.url, leaving, streams / 10, relay, async () => {});
  const beforeBytes = await memoryOf(proxy.adminUrl);
  await hold(proxy.url, leaving, streams, relay, async () => {
    const heldBytes = await memoryOf(proxy.adminUrl);
    expect((heldBytes.resident - beforeBytes.resident) / streams).toBeLessThan(maxGrowthBytes);
    expect((heldBytes.used - beforeBytes.used) / streams).toBeLessThan(maxGrowthBytes);
  });
});

/** Opens streams, reads the first bytes of each, waits until the relay is held up, looks, and leaves them. */
async function hold(
  url: string,
  leaving: Leaving,
  count: number,
  relay: EndlessRelay,
  look: () => Promise<void>,
): Promise<void> {
  const before = relay.sentBytes();
  const request = { model: "gpt-4.1", messages: [user("Tell me a long story")] };
  const calls = Array.from({ length: count }, () => startRawCall(url, leaving, "StreamChat", request));
  await Promise.all(
    calls.map(async (call) => {
      await call.firstBytes;
      call.pause();
    }),
  );
  const sentBytes = await hasStopped(() => relay.sentBytes() - before, 30_000);
  expect(sentBytes).toBeLessThan((count * streamBytes) / 2);
  await look();
  for (const call of calls) call.leave();
  await Promise.all(calls.map(({ closed }) => closed));
  // The sockets of the relay's streams are closed; one that was asked for the models may stay.
  await expect.poll(() => relay.sockets(), { timeout: 10_000 }).toBeLessThan(3);
}

/** Of a process: what it holds of the machine's memory, and of that what is in use, in bytes. */
async function memoryOf(adminUrl: string): Promise<{ readonly resident: number; readonly used: number }> {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)`, "m").exec(metrics)?.[1]);
  return {
    resident: value("process_resident_memory_bytes"),
    used: value("nodejs_heap_size_used_bytes") + value("nodejs_external_memory_bytes"),
  };
}
