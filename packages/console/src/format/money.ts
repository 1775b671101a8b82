const nanoUsdPerUsd = 1e9;

/** Money of nano-USD: "$12.40", "$0.0042", "$0.00000017"; as many digits as it takes to tell small sums apart. */
export function formatUsd(nanoUsd: bigint | number): string {
  const usd = Number(nanoUsd) / nanoUsdPerUsd;
  if (usd === 0) return "$0";
  if (usd >= 1) return `$${usd.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  const digits = Math.min(9, 1 - Math.floor(Math.log10(usd)));
  return `$${usd.toFixed(Math.max(2, digits))}`;
}
