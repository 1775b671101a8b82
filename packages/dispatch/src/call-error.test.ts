import type { UpstreamFailure } from "@meridian/core";
import { expect, test } from "vitest";
import { CallError, mostTelling } from "./call-error.js";
import { overloaded, rateLimited, rejected, tooLong, truncated } from "./testing/answers.js";

const refused: UpstreamFailure = { kind: "connection_failed", code: "ECONNREFUSED" };

test.each<[string, readonly UpstreamFailure[], UpstreamFailure | undefined]>([
  ["none of none", [], undefined],
  ["the only one", [refused], refused],
  ["a relay's answer tells more than its silence", [{ kind: "headers_limit", limitMs: 1 }, overloaded], overloaded],
  ["our key tells the caller least", [rejected, refused], refused],
  ["a limit tells more than an overload", [overloaded, rateLimited(), overloaded], rateLimited()],
  ["a passing failure tells more than a window too small", [overloaded, tooLong], overloaded],
  ["a limit tells more than a window too small", [tooLong, rateLimited()], rateLimited()],
  ["a window too small tells more than silence", [{ kind: "headers_limit", limitMs: 1 }, tooLong, truncated], tooLong],
  ["a cut stream tells less than an overload", [truncated, overloaded], overloaded],
  ["of equals the first", [rateLimited(1), rateLimited(2)], rateLimited(1)],
])("%s", (_name, failures, expected) => {
  expect(mostTelling(failures)).toEqual(expected);
});

test("the message is the kind alone; what the relay said stays in the cause", () => {
  const cause = new Error("body of the relay");
  const error = new CallError(tooLong, [], { cause });
  expect(error.message).toBe("context_too_long");
  expect(error.cause).toBe(cause);
});
