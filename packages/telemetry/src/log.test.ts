import { expect, onTestFinished, test, vi } from "vitest";
import { createLogger, createLogRecorder } from "./log.js";
import type { CallRecord } from "./recorder.js";

const answered: CallRecord = {
  rpc: "Chat",
  protocol: "connect",
  requestId: "r",
  tenant: "anonymous",
  code: "ok",
  reason: undefined,
  plan: undefined,
  attempts: [],
  arrivedAtMs: 0,
  durationMs: 1,
  firstTokenMs: undefined,
  configVersion: "v",
};

/** The codes of the lines about 100 calls of each kind; chance goes evenly through [0, 1). */
function codesLogged(sampleSuccesses: () => number) {
  const codes: unknown[] = [];
  const logger = createLogger("info", { write: (line) => codes.push(JSON.parse(line).code) });
  let draws = 0;
  const random = () => (draws++ % 100) / 100;
  const recorder = createLogRecorder(logger, { clock: { now: () => 0 }, random, sampleSuccesses });
  for (let call = 0; call < 100; call += 1) {
    recorder.callEnded(answered);
    recorder.callEnded({ ...answered, code: "invalid_argument", reason: "invalid_request" });
    recorder.callEnded({ ...answered, code: "unavailable", reason: "overloaded" });
  }
  return (code: string) => codes.filter((each) => each === code).length;
}

test.each([
  ["all", 1, 100],
  ["a share", 0.25, 25],
  ["none", 0, 0],
])("of answered calls %s are logged, of failed ones all", (_name, share, lines) => {
  const logged = codesLogged(() => share);
  expect(logged("ok")).toBe(lines);
  expect(logged("invalid_argument")).toBe(100);
  expect(logged("unavailable")).toBe(100);
});

test("the share is that of the moment: a reload changes it", () => {
  let calls = 0;
  expect(codesLogged(() => (calls++ < 50 ? 1 : 0))("ok")).toBe(50);
});

test.each<[string, object | undefined]>([
  ["a log", undefined],
  ["that of a worker", { worker: 2, name: 'a "quote"' }],
])("the lines in %s are those that pino would write, whatever stands in them", (_name, bindings) => {
  const texts = [
    "",
    "plain",
    'a "quote", a \\ and a \n',
    "chữ Việt, 한국어 and \u{1f600}",
    "half of one: \ud800",
    "\u0000\u007f\u2028",
  ];
  const numbers = [0, -0, 1.4, 12_345.678, Number.NaN, Number.POSITIVE_INFINITY];
  vi.useFakeTimers({ now: 1_795_000_000_123 });
  onTestFinished(() => void vi.useRealTimers());
  for (const text of texts)
    for (const durationMs of numbers) {
      const record: CallRecord = { ...answered, requestId: text, tenant: text, configVersion: text, durationMs };
      const failed: CallRecord = { ...record, code: "unavailable", reason: text, firstTokenMs: durationMs };
      for (const each of [record, failed]) {
        const lines: string[] = [];
        const parent = createLogger("info", { write: (line) => lines.push(line) });
        const logger = bindings === undefined ? parent : parent.child(bindings);
        createLogRecorder(logger, { clock: { now: () => 0 }, random: () => 0, sampleSuccesses: () => 1 }).callEnded(
          each,
        );
        const { level: _level, time: _time, worker: _worker, name: _name, msg, ...fields } = JSON.parse(lines[0] ?? "");
        logger[each.code === "ok" ? "info" : "warn"](fields, msg);
        expect(lines[0]).toBe(lines[1]);
      }
    }
});
