import type { TierSignals } from "@meridian/core";

/** What the contract says of a learned policy's reading: to be spread into a message, empty where another policy decided. */
export function readingMessage({ learned }: TierSignals) {
  if (learned === undefined) return {};
  const { version, language, score, quantile, cutoffs } = learned;
  return { learned: { version, language, score, quantile, mediumCutoff: cutoffs.medium, highCutoff: cutoffs.high } };
}
