import { afterEach, describe, expect, test } from "vitest";
import { retryAfterMs } from "./retry-after.js";

const nowMs = Date.parse("1994-11-06T08:49:30Z");

describe("retryAfterMs", () => {
  test.each([
    ["seconds", "30", 30_000],
    ["zero", "0", 0],
    ["white space around", " 2 ", 2000],
    ["a fraction", "0.25", 250],
    ["a fraction that is not whole milliseconds, rounded up", "0.0001", 1],
    ["an HTTP date", "Sun, 06 Nov 1994 08:49:37 GMT", 7000],
    ["an HTTP date of the second form", "Sunday, 06-Nov-94 08:49:37 GMT", 7000],
    ["an HTTP date of the third form", "Sun Nov  6 08:49:37 1994", 7000],
    ["now", "Sun, 06 Nov 1994 08:49:30 GMT", 0],
    ["a past date", "Sun, 06 Nov 1994 08:00:00 GMT", 0],
    ["a missing header", undefined, undefined],
    ["nothing", "", undefined],
    ["a negative number", "-5", undefined],
    ["a unit", "30s", undefined],
    ["an exponent", "1e3", undefined],
    ["a hexadecimal number", "0x10", undefined],
    ["too many digits", "99999999999", undefined],
    ["infinity", "Infinity", undefined],
    ["two values", "1, 2", undefined],
    ["an ISO date", "1994-11-06T08:49:37Z", undefined],
    ["a word", "soon", undefined],
    ["a weekday alone", "Sunday", undefined],
    ["a weekday and a number", "Sun 99", undefined],
    ["a sentence", "Sunday is a fun day 12", undefined],
    ["an impossible date", "Sun, 99 Nov 1994 99:99:99 GMT", undefined],
  ])("%s", (_, value, expected) => {
    expect(retryAfterMs(value, nowMs)).toBe(expected);
  });
});

describe("retryAfterMs in another time zone", () => {
  const zone = process.env["TZ"];
  afterEach(() => {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  });

  test.each(["Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])("reads %s in GMT", (value) => {
    process.env["TZ"] = "Asia/Tokyo";
    expect(new Date(nowMs).getTimezoneOffset()).toBe(-540);
    expect(retryAfterMs(value, nowMs)).toBe(7000);
  });
});
