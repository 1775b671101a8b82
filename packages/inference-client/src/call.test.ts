import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { startCall } from "./call.js";

const settings = { defaultTimeoutMs: 1_000, headers: new Headers({ "x-team": "search" }), interceptors: [] };

test("a finished call leaves no listener on either signal", () => {
  const closing = new AbortController();
  const caller = new AbortController();
  const call = startCall(settings, { signal: caller.signal }, closing.signal);
  expect(getEventListeners(closing.signal, "abort")).toHaveLength(1);
  expect(getEventListeners(caller.signal, "abort")).toHaveLength(1);
  call.finish();
  expect(getEventListeners(closing.signal, "abort")).toEqual([]);
  expect(getEventListeners(caller.signal, "abort")).toEqual([]);
});

test("the reason of the caller's signal is kept as the cause", () => {
  const reason = new Error("the user left");
  const caller = new AbortController();
  const call = startCall(settings, { signal: caller.signal }, new AbortController().signal);
  caller.abort(reason);
  expect(call.connectOptions.signal?.reason).toMatchObject({ name: "ConnectError", cause: reason });
});

test("headers of a call do not stay with the client", () => {
  const { signal } = new AbortController();
  startCall(settings, { headers: { "x-team": "ads" } }, signal).finish();
  const { connectOptions } = startCall(settings, {}, signal);
  expect(new Headers(connectOptions.headers).get("x-team")).toBe("search");
});
