/** An amount of nano-USD as USD, exactly: at least two decimals, and as many of nine as it has. */
export function formatUsd(nanoUsd: bigint): string {
  const digits = String(nanoUsd < 0n ? -nanoUsd : nanoUsd).padStart(10, "0");
  const decimals = digits.slice(-9).replace(/0{1,7}$/, "");
  return `${nanoUsd < 0n ? "-" : ""}${digits.slice(0, -9)}.${decimals}`;
}
