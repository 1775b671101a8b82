import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createInferenceClient, type InferenceClient, InferenceError, user } from "@meridian/inference-client";
import { expect, onTestFinished, test } from "vitest";
import { startRawCall } from "../testing/raw-call.js";
import { spawnProxy } from "../testing/spawn-command.js";
import { startRelayProcess } from "../testing/start-relay-process.js";

// The proxy as it is built, in a process of its own, is told to stop with much under way.

const messages = [user("Tell me a story.")];
/** Four tokens a second: so few that 500 streams are no test of the machine's speed. */
const slowRelay = ["--tokens-per-second", "4", "--answer-tokens", "300"] as const;
/** Of streams that end within the drain limit: after 3 to 6 seconds. */
const shortTokens = [12, 16, 20, 24] as const;
/** Of streams that do not: after 60 seconds. */
const longTokens = 240;

test("500 streams: those that end within the limit end whole, the others with a typed error", async () => {
  const { url, adminUrl, child, exited, clients, relay } = await serve({ server: { drainMs: 9_000 } });
  const idle = connect(url);
  await once(idle, "connect");
  const streams = startStreams(clients, 500, (index) => shortTokens[index] ?? longTokens);
  await Promise.all(streams.map(({ begun }) => begun));

  const goaway = once(idle, "goaway");
  child.kill("SIGTERM");
  const [goawayCode] = await goaway;
  expect(goawayCode).toBe(0);
  expect((await fetch(`${adminUrl}/readyz`)).status).toBe(503);
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  const late = await Promise.all(clients.map((client) => endOf(client.chat({ messages, maxTokens: 1 }))));
  // An HTTP/1.1 connection that was kept may still take a call; GOAWAY sends HTTP/2 elsewhere, and nobody is there.
  expect(late.slice(1)).toEqual(["unavailable connection_failed", "unavailable connection_failed"]);

  const ends = await Promise.all(streams.map(({ end }) => end));
  const expected = streams.map(({ tokens }) =>
    tokens === longTokens ? "unavailable shutting_down" : `whole, ${tokens}`,
  );
  expect(ends).toEqual(expected);
  expect(await exited).toBe(0);
  await relay.idle();
}, 60_000);

test("a second SIGTERM ends the streams at once, with a typed error", async () => {
  const { child, exited, clients, relay, whenPrinted } = await serve({});
  const streams = startStreams(clients, 150, () => longTokens);
  await Promise.all(streams.map(({ begun }) => begun));
  child.kill("SIGTERM");
  await whenPrinted(/Stopping/);
  // What comes within half a second is the same press of Ctrl-C, passed on twice.
  await sleep(700);
  child.kill("SIGTERM");
  const ends = await Promise.all(streams.map(({ end }) => end));
  expect(ends).toEqual(streams.map(() => "unavailable shutting_down"));
  expect(await exited).toBe(0);
  await relay.idle();
});

test("calls that begin while it stops are answered or refused, and none is lost", async () => {
  const { child, exited, clients, whenPrinted } = await serve({ server: { drainMs: 5_000 } });
  const ends: string[] = [];
  let isOver = false;
  const caller = async (client: InferenceClient) => {
    while (!isOver) {
      ends.push(await endOf(client.chat({ messages, maxTokens: 1 })));
      // A caller that is refused does not ask again at once.
      if (ends.at(-1) !== "answered") await sleep(20);
    }
  };
  // Two hold the process for as long as the others go on calling.
  const held = startStreams(clients, 3, () => 8);
  await Promise.all(held.map(({ begun }) => begun));
  const callers = clients.flatMap((client) => Array.from({ length: 10 }, () => caller(client)));
  await expect.poll(() => ends.length, { timeout: 20_000 }).toBeGreaterThan(200);
  child.kill("SIGTERM");
  await whenPrinted(/Stopping/);
  expect(await exited).toBe(0);
  isOver = true;
  await Promise.all(callers);
  expect(await Promise.all(held.map(({ end }) => end))).toEqual(["whole, 8", "whole, 8", "whole, 8"]);
  const counts = Object.groupBy(ends, (end) => end);
  // Refused before anything was sent: neither reset on its way, nor half answered.
  expect(Object.keys(counts).toSorted()).toEqual(["answered", "unavailable connection_failed"]);
});

test("neither a caller that does not read nor a call that waits for a retry holds the process beyond the limit", async () => {
  const limits = { server: { drainMs: 300 }, dispatch: { retry: { backoff: { baseMs: 60_000, maxMs: 60_000 } } } };
  const { url, child, exited, clients, relay } = await serve(limits, ["--answer-tokens", "100000"]);
  const [client] = clients;
  const reading = startRawCall(url, "connect over HTTP/1.1, the socket is closed", "StreamChat", {
    messages,
    max_tokens: 100_000,
  });
  await reading.firstBytes;
  reading.pause();
  await fetch(relay.baseUrl.replace(/v1$/, "admin/faults"), { method: "PUT", body: '["status-429;retry-after=50"]' });
  const waiting = endOf(client?.chat({ messages }) ?? Promise.reject(new Error("no client")));
  await expect
    .poll(async () =>
      (await relay.calls()).some(({ outcome, tokensSent }) => outcome === "answered" && tokensSent === 0),
    )
    .toBe(true);
  child.kill("SIGTERM");
  const stoppedAtMs = performance.now();
  expect(await waiting).toBe("unavailable shutting_down");
  expect(await exited).toBe(0);
  // The limit, a second to say so and a second to close; the rest is for a slow machine.
  expect(performance.now() - stoppedAtMs).toBeLessThan(10_000);
  await relay.idle();
});

/** Starts a relay and the proxy, and a client for each protocol: Connect over HTTP/1.1 and over HTTP/2, gRPC. */
async function serve(config: object, relayOptions: readonly string[] = slowRelay) {
  const directory = await mkdtemp(join(tmpdir(), "meridian-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const relay = await startRelayProcess(...relayOptions);
  onTestFinished(relay.stop);
  const file = join(directory, "meridian.yaml");
  await writeFile(file, JSON.stringify(config));
  const served = await spawnProxy({ MERIDIAN_CONFIG: file, RELAY_BASE_URL: relay.baseUrl, RELAY_API_KEY: "sk-test" });
  onTestFinished(async () => {
    served.child.kill("SIGKILL");
    await served.exited;
  });
  const baseUrl = served.url;
  const clients = [
    createInferenceClient({ baseUrl, httpVersion: "1.1" }),
    createInferenceClient({ baseUrl }),
    createInferenceClient({ baseUrl, protocol: "grpc" }),
  ];
  onTestFinished(() => {
    for (const client of clients) client.close();
  });
  const idle = () =>
    expect.poll(async () => (await relay.calls()).filter(({ outcome }) => outcome === "open")).toEqual([]);
  return { ...served, clients, relay: { ...relay, idle } };
}

/** Starts streams on the clients in turn; of four lengths in a row and then a long one. */
function startStreams(clients: readonly InferenceClient[], count: number, tokensOf: (index: number) => number) {
  return Array.from({ length: count }, (_, index) => {
    const tokens = tokensOf(index % 5);
    const client = clients[index % clients.length];
    if (client === undefined) throw new Error("no client");
    const begun = Promise.withResolvers<void>();
    const run = async () => {
      let deltas = 0;
      for await (const { event } of client.streamChat({ messages, maxTokens: tokens }, { timeoutMs: 100_000 })) {
        begun.resolve();
        if (event.case === "textDelta") deltas += 1;
        if (event.case === "end") return `whole, ${deltas}`;
      }
      return "closed without an end";
    };
    const end = run().catch(nameOf);
    end.then((how) => begun.reject(new Error(`ended before it began: ${how}`))).catch(() => {});
    return { tokens, begun: begun.promise, end };
  });
}

async function endOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(() => "answered", nameOf);
}

function nameOf(error: unknown): string {
  return error instanceof InferenceError ? `${error.code} ${error.reason}` : `untyped: ${String(error)}`;
}
