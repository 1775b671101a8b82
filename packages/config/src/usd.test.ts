import { expect, test } from "vitest";
import { nanoUsdFromUsd } from "./usd.js";

test.each<[name: string, value: string | number, nanoUsd: bigint | undefined]>([
  ["a number that a double does not hold", 0.42, 420_000_000n],
  ["a number with a sum that a double gets wrong", 1.1, 1_100_000_000n],
  ["a text", "8.00", 8_000_000_000n],
  ["a whole number", 15, 15_000_000_000n],
  ["zero", 0, 0n],
  ["nine decimals", "0.123456789", 123_456_789n],
  ["fourteen digits in a number", 99_999.123456789, 99_999_123_456_789n],
  ["a number that JavaScript writes with an exponent", 1e-9, 1n],
  ["an exponent and a fraction", 1.23e-7, 123n],
  ["the largest", 100_000, 100_000_000_000_000n],
  ["more than the largest", "100000.000000001", undefined],
  ["ten decimals", "0.1234567891", undefined],
  ["ten decimals in a number", 0.1234567891, undefined],
  ["ten decimals by an exponent", 1e-10, undefined],
  ["a negative price", -1, undefined],
  ["a huge number", 1e21, undefined],
  ["not a number", Number.NaN, undefined],
  ["infinity", Number.POSITIVE_INFINITY, undefined],
  ["an exponent in a text", "1e3", undefined],
  ["a currency", "$8", undefined],
  ["nothing", "", undefined],
])("%s", (_, value, nanoUsd) => {
  expect(nanoUsdFromUsd(value)).toBe(nanoUsd);
});
