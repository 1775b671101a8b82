import fc from "fast-check";
import { expect, test } from "vitest";
import { formatUsd } from "./format-usd.js";

test.each([
  [0n, "0.00"],
  [1n, "0.000000001"],
  [10n, "0.00000001"],
  [420_000_000n, "0.42"],
  [1_000_000_000n, "1.00"],
  [1_500_000_000n, "1.50"],
  [12_345_678_901_234_567_890n, "12345678901.23456789"],
  [-2_500_000_000n, "-2.50"],
])("%s nano-USD are %s USD", (nanoUsd, usd) => {
  expect(formatUsd(nanoUsd)).toBe(usd);
});

test("no digit is lost", () => {
  fc.assert(
    fc.property(fc.bigInt(), (nanoUsd) => {
      const [whole = "", decimals = ""] = formatUsd(nanoUsd).split(".");
      expect(BigInt(whole + decimals.padEnd(9, "0"))).toBe(nanoUsd);
    }),
  );
});
