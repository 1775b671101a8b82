import { mean } from "./quality-report.js";
import type { PolicyName, ScoredRow } from "./score-rows.js";

/** What a call costs in the low, the medium and the high tier, beside each other; the evaluator of the data counts so, too. */
export const tierPrices = [0.42, 2.5, 8] as const;

/** What a policy's tiers are worth on rows that three models were tried on. */
export interface TierReport {
  readonly rows: number;
  /** Of the low, the medium and the high tier. */
  readonly shares: readonly number[];
  /** The mean price of a row. */
  readonly cost: number;
  /** The share of right answers. */
  readonly quality: number;
  /** The share of right answers of the best mix of two models, by chance, that costs as much. */
  readonly staticQuality: number;
}

/** Reports on the tiers of a policy; undefined where it has none, or no row a third model. */
export function tierReport(rows: readonly ScoredRow[], policy: PolicyName): TierReport | undefined {
  const tried = rows.flatMap(({ weakOk, midOk, strongOk, predictions }) => {
    const { tier } = predictions[policy];
    return tier === undefined || midOk === undefined ? [] : [{ tier, right: [weakOk, midOk, strongOk] }];
  });
  if (tried.length === 0) return undefined;
  const cost = mean(tried.map(({ tier }) => tierPrices[tier] ?? Number.NaN));
  const alone = tierPrices.map((price, tier) => ({ price, quality: mean(tried.map(({ right }) => right[tier] ?? 0)) }));
  return {
    rows: tried.length,
    shares: tierPrices.map((_, tier) => tried.filter((row) => row.tier === tier).length / tried.length),
    cost,
    quality: mean(tried.map(({ tier, right }) => right[tier] ?? 0)),
    staticQuality: Math.max(...alone.flatMap((cheap) => alone.map((dear) => mixQuality(cheap, dear, cost)))),
  };
}

interface ModelAlone {
  readonly price: number;
  readonly quality: number;
}

/** The quality of so much of one and of the other as costs a price; less than any where no mix does. */
function mixQuality(cheap: ModelAlone, dear: ModelAlone, cost: number): number {
  const tolerance = 1e-9;
  if (cost < cheap.price - tolerance || cost > dear.price + tolerance) return Number.NEGATIVE_INFINITY;
  const part = dear.price > cheap.price ? (cost - cheap.price) / (dear.price - cheap.price) : 0;
  return cheap.quality + part * (dear.quality - cheap.quality);
}
