import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createFakeClock } from "@meridian/core/testing";
import { createLogger } from "@meridian/telemetry";
import { expect, onTestFinished, test, vi } from "vitest";
import { createTracing } from "./create-tracing.js";
import { readTracingSettings } from "./tracing-settings.js";

/** Tracing on a fake clock, to a collector that answers with `status`; undefined: never. */
async function start(status: number | undefined, environment: Readonly<Record<string, string>> = {}) {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume();
    if (status !== undefined) response.writeHead(status).end("what a collector says");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // Of a server that listens on a port the address is never a path.
  const { port } = server.address() as AddressInfo;
  const choice = readTracingSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: "1",
    ...environment,
  });
  if (choice.kind !== "on") throw new Error(JSON.stringify(choice));
  const clock = createFakeClock();
  const log: Record<string, unknown>[] = [];
  const logger = createLogger("debug", { write: (line) => log.push(JSON.parse(line)) });
  const tracing = createTracing(choice.settings, { environment: {}, logger, clock, timeOfDayMs: () => 1e12 });
  const call = () => {
    const trace = tracing.begin({ rpc: "Chat", protocol: "connect", header: new Headers(), arrivedAtMs: clock.now() });
    trace.end({
      rpc: "Chat",
      protocol: "connect",
      requestId: "r",
      tenant: "anonymous",
      code: "ok",
      reason: undefined,
      plan: undefined,
      attempts: [],
      arrivedAtMs: 1e12,
      durationMs: 0,
      firstTokenMs: undefined,
      configVersion: "v",
    });
  };
  return { tracing, clock, log, call, requests: () => requests };
}

test("a collector that refuses is a line a minute, with what was lost", async () => {
  const { tracing, clock, log, call, requests } = await start(400);
  const seen = () => log.map(({ lostSpans, cause, level }) => ({ lostSpans, cause, level }));
  const line = (lostSpans: number) => ({ lostSpans, cause: "400", level: "warn" });
  call();
  await vi.waitFor(() => expect(seen()).toEqual([line(1)]));
  for (const count of [2, 3]) {
    call();
    await vi.waitFor(() => expect(requests()).toBe(count));
  }
  await clock.advance(60_000);
  call();
  await vi.waitFor(() => expect(seen()).toEqual([line(1), line(3)]));
  expect(JSON.stringify(log)).not.toContain("what a collector says");
  await tracing.close();
});

test("a collector that never answers does not hold a process that stops", async () => {
  const { tracing, clock, call, requests } = await start(undefined);
  call();
  await vi.waitFor(() => expect(requests()).toBe(1));
  let isClosed = false;
  const closed = tracing.close().then(() => {
    isClosed = true;
  });
  await clock.advance(2_999);
  expect(isClosed).toBe(false);
  await clock.advance(1);
  await closed;
  expect(clock.pendingTimers).toBe(0);
});

test("of spans that find the queue full it is said how many were lost", async () => {
  const environment = {
    OTEL_BSP_MAX_QUEUE_SIZE: "2",
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "2",
    OTEL_BSP_SCHEDULE_DELAY: "20",
  };
  const { tracing, log, call, requests } = await start(200, environment);
  // While the first batch is on its way, two wait; the rest are lost.
  for (let calls = 0; calls < 9; calls += 1) call();
  await vi.waitFor(() => expect(requests()).toBe(2));
  call();
  expect(log).toMatchObject([{ lostSpans: 5, cause: "the queue is full", msg: "spans were lost" }]);
  await tracing.close();
});
