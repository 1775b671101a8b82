import { type CallRecord, createLogger } from "@meridian/telemetry";
import { expect, test } from "vitest";
import { compileTestConfig } from "../testing/start-test-proxy.js";
import { openObservers } from "./open-observers.js";

const record: CallRecord = {
  rpc: "Chat",
  protocol: "grpc",
  requestId: "the-last",
  tenant: "anonymous",
  code: "canceled",
  reason: "canceled",
  plan: undefined,
  attempts: [],
  arrivedAtMs: 0,
  durationMs: 1,
  firstTokenMs: undefined,
  configVersion: "c1",
};

test("a process that ends in the middle of a turn has the lines of the calls that ended in it", async () => {
  const lines: string[] = [];
  const logger = createLogger("info", { write: (line) => void lines.push(line) });
  const config = compileTestConfig("", { RELAY_BASE_URL: "http://127.0.0.1:1/v1", RELAY_API_KEY: "sk-test" });
  const before = process.listeners("exit");
  const observers = await openObservers(config, {
    environment: {},
    logger,
    clock: { now: () => 0, schedule: () => () => {} },
    timeOfDayMs: () => 0,
    random: () => 0,
    current: () => config,
  });
  const recorder = observers.recorderWith({ callStarted() {}, callEnded() {} });
  // It comes before the one that writes what waits of the log.
  const [atExit] = process.listeners("exit");
  expect(before).not.toContain(atExit);

  recorder.callEnded(record);
  expect(lines).toEqual([]);
  atExit?.(1);
  expect(lines).toEqual([expect.stringContaining('"requestId":"the-last"')]);

  await observers.close();
  expect(process.listeners("exit")).toEqual(before);
});
