import { expect, test } from "vitest";
import { limitTimeout } from "./limit-timeout.js";

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
