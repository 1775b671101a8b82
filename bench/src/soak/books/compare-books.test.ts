import { expect, test } from "vitest";
import type { CallEnd } from "../caller/call-end.js";
import { compareBooks } from "./compare-books.js";
import { createProxyLog } from "./proxy-log.js";

const answered: CallEnd = { kind: "answered" };
const overloaded: CallEnd = { kind: "failed", code: "unavailable", reason: "overloaded" };
const refused: CallEnd = { kind: "failed", code: "unavailable", reason: "too_many_calls" };
const late: CallEnd = { kind: "failed", code: "deadline_exceeded", reason: "deadline_exceeded" };

test.each<[string, CallEnd, string | undefined, boolean]>([
  ["an answer that was logged", answered, "ok ", true],
  ["an answer that was logged as something else", answered, "canceled canceled", false],
  ["an answer that was not logged", answered, undefined, false],
  ["an error that was logged", overloaded, "unavailable overloaded", true],
  ["an error with another reason", overloaded, "unavailable idle_limit", false],
  ["an error of the network, where the proxy has answered", overloaded, "ok ", false],
  ["a refusal, which has no line of its own", refused, undefined, true],
  ["a refusal of a call that was logged", refused, "ok ", false],
  ["a deadline, whoever was first", late, "ok ", true],
  ["a deadline that the proxy never heard of", late, undefined, true],
  ["a caller that left", { kind: "left" }, "canceled canceled", true],
  ["a caller that left before the proxy heard of it", { kind: "left" }, undefined, true],
  ["no answer", { kind: "unanswered" }, "ok ", false],
  ["something that is no answer", { kind: "wrong", what: "a stream without an end" }, "ok ", false],
])("%s", (_name, end, logged, agrees) => {
  const [code = "", reason = ""] = logged?.split(" ") ?? [];
  const book = new Map(logged === undefined ? [] : [["a", { code, reason }]]);
  expect(compareBooks([{ id: "a", what: "", end }], book)).toHaveLength(agrees ? 0 : 1);
});

test("a call in the log that nobody made is a problem", () => {
  expect(compareBooks([], new Map([["a", { code: "ok", reason: "" }]]))).toEqual(["a: logged, but nobody's call"]);
});

test("the log takes its calls, and keeps the lines that should not be there", () => {
  const log = createProxyLog();
  const call = '{"level":"info","msg":"call","requestId":"a","code":"ok"}';
  const fault = '{"level":"error","msg":"a fault of our own"}';
  const warning = "(node:1) MaxListenersExceededWarning: Possible EventEmitter memory leak detected.";
  for (const line of ["Debugger attached.", '{"level":"warn","msg":"endpoint is unreachable"}', call, fault, warning])
    log.readLine(line);
  expect([...log.calls]).toEqual([["a", { code: "ok", reason: "" }]]);
  expect(log.faults).toEqual([fault, warning]);
  log.readLine(call);
  expect(log.faults.at(-1)).toBe(`ended twice: ${call}`);
});
