import { expect, test } from "vitest";
import { limitTimeout, parseTimeoutMs } from "./limit-timeout.js";

test.each([
  ["connect-timeout-ms", "1000", "1000"],
  ["connect-timeout-ms", "600000", "600000"],
  ["connect-timeout-ms", "600001", "600000"],
  ["connect-timeout-ms", "9999999999", "600000"],
  ["connect-timeout-ms", "99999999999", "99999999999"],
  ["connect-timeout-ms", "soon", "soon"],
  ["grpc-timeout", "99999999n", "99999999n"],
  ["grpc-timeout", "600S", "600S"],
  ["grpc-timeout", "601S", "600000m"],
  ["grpc-timeout", "10M", "10M"],
  ["grpc-timeout", "11M", "600000m"],
  ["grpc-timeout", "99999999H", "600000m"],
  ["grpc-timeout", "99999999m", "600000m"],
  ["grpc-timeout", "1d", "1d"],
])("%s: %s becomes %s", (name, value, expected) => {
  const header = new Headers({ [name]: value });
  limitTimeout(header, 600_000);
  expect(header.get(name)).toBe(expected);
});

test("no timeout stays none", () => {
  const header = new Headers();
  limitTimeout(header, 600_000);
  expect([...header]).toEqual([]);
});

test.each([
  ["connect-timeout-ms", "1000", 250.4, "749"],
  ["connect-timeout-ms", "700000", 100, "599900"],
  ["connect-timeout-ms", "100", 100.5, "0"],
  ["connect-timeout-ms", "soon", 100, "soon"],
  ["grpc-timeout", "2S", 500, "1500m"],
  ["grpc-timeout", "90000u", 100, "0m"],
])("%s: %s becomes, after %d ms, %s", (name, value, waitedMs, expected) => {
  const header = new Headers({ [name]: value });
  limitTimeout(header, 600_000, waitedMs);
  expect(header.get(name)).toBe(expected);
});

test.each([
  ["connect-timeout-ms", "1500", 1_500],
  ["connect-timeout-ms", "soon", undefined],
  ["grpc-timeout", "2S", 2_000],
  ["grpc-timeout", "1500u", 1.5],
  ["grpc-timeout", "1d", undefined],
])("%s: %s is %d ms", (name, value, expected) => {
  expect(parseTimeoutMs(new Headers({ [name]: value }))).toBe(expected);
});
