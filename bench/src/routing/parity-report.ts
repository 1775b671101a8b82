import type { ScoredRow } from "./score-rows.js";

/** How the learned policy scores the prompts of a language beside the same prompts in English. */
export interface ParityReport {
  readonly lang: string;
  readonly rows: number;
  /** The share that scores above the median of the English ones: with parity, a half. */
  readonly aboveEnglishMedian: number;
}

/** Reports on each language that has prompts that are there in English, too. */
export function parityReports(rows: readonly ScoredRow[]): readonly ParityReport[] {
  const scored = rows.map(({ lang, pair, predictions }) => ({ lang, pair, score: predictions.learned.score }));
  const english = new Map(
    scored.flatMap(({ lang, pair, score }) => (lang === "en" && pair !== undefined ? [[pair, score]] : [])),
  );
  const langs = new Set(scored.filter(({ lang, pair }) => lang !== "en" && pair !== undefined).map(({ lang }) => lang));
  return [...langs].map((lang) => {
    const own = scored.filter((row) => row.lang === lang && row.pair !== undefined && english.has(row.pair));
    const paired = own.flatMap(({ pair = "" }) => english.get(pair) ?? []).sort((one, other) => one - other);
    const median = paired[paired.length >> 1] ?? Number.NaN;
    const above = own.filter(({ score }) => score > median);
    return { lang, rows: own.length, aboveEnglishMedian: above.length / own.length };
  });
}
