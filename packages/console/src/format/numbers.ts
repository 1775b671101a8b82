/** A count: "1,204", "18.2k", "3.4M". */
export function formatCount(count: bigint | number): string {
  const value = Number(count);
  if (value < 10_000) return value.toLocaleString("en", { maximumFractionDigits: 0 });
  return value.toLocaleString("en", { notation: "compact", maximumFractionDigits: 1 }).replace("K", "k");
}

/** A rate: "0.4", "12.5", "180". */
export function formatRate(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
}

/** A share of 0 to 1: "0 %", "0.08 %", "12 %". */
export function formatShare(share: number): string {
  const percent = share * 100;
  const digits = percent === 0 || percent >= 10 ? 0 : percent >= 1 ? 1 : 2;
  return `${percent.toFixed(digits)} %`;
}

/** A part of a whole, 0 of nothing. */
export function shareOf(part: bigint | number, whole: bigint | number): number {
  return Number(whole) === 0 ? 0 : Number(part) / Number(whole);
}
