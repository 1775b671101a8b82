import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createInferenceClient } from "./node.js";
import { startForwarder } from "./test/start-forwarder.js";
import { startStubService } from "./test/start-stub-service.js";

const pingIntervalMs = 1_000;
/** Connect's own. */
const pingTimeoutMs = 15_000;

const faults: unknown[] = [];
const onFault = (error: unknown) => faults.push(error);
// Connect owns the timers of PING.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  process.on("uncaughtExceptionMonitor", onFault).on("unhandledRejection", onFault);
});
afterEach(() => {
  vi.useRealTimers();
  process.off("uncaughtExceptionMonitor", onFault).off("unhandledRejection", onFault);
  expect(faults.splice(0)).toEqual([]);
});

describe.each(["connect", "grpc"] as const)("%s", (protocol) => {
  const start = async () => {
    const service = await startStubService("2", { listModels: () => ({}), chat: () => ({}) });
    const forwarder = await startForwarder(service.baseUrl);
    const client = createInferenceClient({ baseUrl: forwarder.baseUrl, protocol, pingIntervalMs });
    onTestFinished(async () => {
      client.close();
      await forwarder.close();
      await service.close();
    });
    await client.listModels();
    // Until the stream of that call is closed, the connection is not idle.
    await turns();
    return { forwarder, client };
  };

  test.each([
    { name: "a small request", length: 10 },
    // More than the buffers on the way take: the end of the session waits for bytes that nobody takes.
    { name: "a large request", length: 16_000_000 },
  ])("$name on a connection that answers no PING fails, and the next call opens another", async ({ length }) => {
    const { forwarder, client } = await start();
    forwarder.freeze();
    const dead = client.chat({ messages: [{ role: "user", content: "x".repeat(length) }] }, { timeoutMs: 600_000 });
    // At once, as a caller does that tries again.
    const next = dead.catch(() => client.listModels());
    const code = expect(dead).rejects.toMatchObject({ code: "unavailable" });
    await letPingTimeOut();
    await code;
    await next;
    forwarder.reset();
    await client.listModels();
    expect(forwarder.connectionCount()).toBe(2);
  });

  test("an idle connection that answers no PING is left for another", async () => {
    const { forwarder, client } = await start();
    forwarder.freeze();
    vi.setSystemTime(Date.now() + pingIntervalMs * 2);
    const call = client.listModels();
    await letPingTimeOut();
    await call;
    forwarder.reset();
    await client.listModels();
    expect(forwarder.connectionCount()).toBe(2);
  });
});

/** The call gets to the connection first, and what becomes of its session is told after. */
async function letPingTimeOut(): Promise<void> {
  for (const ms of [pingIntervalMs, pingTimeoutMs]) {
    await turns();
    vi.advanceTimersByTime(ms);
  }
}

async function turns(): Promise<void> {
  for (let count = 0; count < 20; count++) await turn();
}
