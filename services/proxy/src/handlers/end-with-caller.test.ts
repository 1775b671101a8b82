import { getEventListeners } from "node:events";
import { Code, ConnectError } from "@connectrpc/connect";
import { createDeadline, StopCrowd } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { endWithCaller } from "./end-with-caller.js";

function start() {
  const clock = createFakeClock();
  const deadline = createDeadline(clock, 1_000);
  const caller = new AbortController();
  const shutdown = new AbortController();
  const running = new StopCrowd(shutdown.signal);
  const release = endWithCaller(deadline, caller.signal, running);
  return { deadline, caller, shutdown, running, release };
}

test.each([
  ["the caller goes", "canceled", "canceled"],
  ["the process has to stop", "shutdown", "shutting_down"],
] as const)("ends the deadline when %s", (_name, who, kind) => {
  const { deadline, caller, shutdown } = start();
  if (who === "canceled") caller.abort(new ConnectError("gone", Code.Canceled));
  else shutdown.abort();
  expect(deadline.signal.reason).toMatchObject({ failure: { kind } });
});

test("leaves the caller's own deadline to the timer of ours", () => {
  const { deadline, caller } = start();
  caller.abort(new ConnectError("late", Code.DeadlineExceeded));
  expect(deadline.signal.aborted).toBe(false);
});

test("a caller that has gone is not kept by the process, though nobody releases its call", () => {
  const { caller, running } = start();
  expect(running.size).toBe(1);
  caller.abort(new ConnectError("gone", Code.Canceled));
  expect(running.size).toBe(0);
});

test("lets go of both when the call is over", () => {
  const { caller, running, release } = start();
  release();
  expect(getEventListeners(caller.signal, "abort")).toHaveLength(0);
  expect(running.size).toBe(0);
});
