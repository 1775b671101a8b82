import { expect, test } from "vitest";
import { createWatchedLog } from "./watch-log.js";

test("what a proxy that is well writes is no fault", () => {
  const log = createWatchedLog();
  for (const line of [
    "Debugger listening on ws://127.0.0.1:1/x",
    "",
    '{"level":"info","code":"invalid_argument","msg":"call"}',
    '{"level":"warn","code":"unavailable","reason":"too_many_calls","msg":"calls refused"}',
  ])
    log.readLine(line);
  expect(log.takeFaults()).toEqual([]);
});

test.each([
  '{"level":"error","msg":"a fault of our own"}',
  '{"level":"warn","code":"internal","msg":"call"}',
  '{"level":"info","code":"unknown","msg":"call"}',
  '{"level":"warn","msg":"deployment is left alone"}',
  "(node:1) MaxListenersExceededWarning: Possible EventEmitter memory leak detected",
  '{"level":',
])("%s is a fault", (line) => {
  const log = createWatchedLog();
  log.readLine(line);
  expect(log.takeFaults()).toEqual([line]);
});

test("a stack is one fault, and is told once", () => {
  const log = createWatchedLog();
  for (const line of ["Error: aborted", "    at abortIncoming", '{"level":"fatal"}', "Node.js v24"]) log.readLine(line);
  expect(log.takeFaults()).toEqual(["Error: aborted\n    at abortIncoming", '{"level":"fatal"}', "Node.js v24"]);
  expect(log.takeFaults()).toEqual([]);
});
