/** The most that 1,000,000 tokens may cost, in USD: with nine decimals it still fits the 15 digits that a double keeps. */
export const maximumUsd = 100_000;

/** A price in the file: digits, and up to nine decimals after a point. */
export const usdPattern = /^\d{1,6}(\.\d{1,9})?$/;

/** A number's shortest decimal form without an exponent, which JavaScript uses below 0.000001. */
function decimalFromNumber(value: number): string {
  const match = /^(\d)(?:\.(\d+))?e-(\d+)$/.exec(String(value));
  if (match === null) return String(value);
  const [, whole = "", fraction = "", exponent = "0"] = match;
  return `0.${"0".repeat(Number(exponent) - 1)}${whole}${fraction}`;
}

/**
 * A price in USD as nano-USD, exactly: the digits are moved, nothing is multiplied as a float.
 * Undefined where it is no decimal from 0 to `maximumUsd` with at most nine decimals.
 */
export function nanoUsdFromUsd(value: string | number): bigint | undefined {
  const decimal = typeof value === "number" ? decimalFromNumber(value) : value;
  if (!usdPattern.test(decimal)) return undefined;
  const [whole = "", fraction = ""] = decimal.split(".");
  const nanoUsd = BigInt(whole + fraction.padEnd(9, "0"));
  return nanoUsd > BigInt(maximumUsd) * 1_000_000_000n ? undefined : nanoUsd;
}
