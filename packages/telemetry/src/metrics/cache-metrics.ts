import type { Registry } from "prom-client";
import type { CacheUse, CallRecord } from "../recorder.js";
import type { CallLabels } from "./call-labels.js";
import { createTally, showCounter } from "./tally.js";

/** Counts what the cache of answers does. */
export interface CacheMetrics {
  /** A call has ended. */
  ended(use: CallRecord["cache"], labels: CallLabels): void;
}

const results = ["hit", "shared", "miss", "bypass"] as const satisfies readonly CacheUse["result"][];

/** Registers the counters of the cache. Those of calls begin at 0: Prometheus does not see an increase from nothing. */
export function createCacheMetrics(registry: Registry): CacheMetrics {
  const calls = createTally(["result"], () => ({ calls: 0 }));
  for (const result of results) calls.at({ result });
  showCounter(registry, {
    name: "meridian_cache_calls_total",
    help: "Chats whose route was planned, by what the cache did for them.",
    labelNames: ["result"],
    fill: (add) => {
      for (const [labels, { calls: ended }] of calls.entries()) add(labels, ended);
    },
  });
  const savedLabels = ["model", "tenant", "region"] as const;
  // Exact, however large, as what is spent.
  const saved = createTally(savedLabels, () => ({ nanoUsd: 0n }));
  showCounter(registry, {
    name: "meridian_cache_saved_nano_usd_total",
    help: "What cached and shared answers have cost when they were made, once for each time they were given again, in nano-USD.",
    labelNames: savedLabels,
    fill: (add) => {
      for (const [labels, { nanoUsd }] of saved.entries()) add(labels, Number(nanoUsd));
    },
  });
  return {
    ended(use, { plannedModel: model, tenant, region }) {
      if (use === undefined) return;
      calls.at({ result: use.result }).calls += 1;
      if (use.savedCostNanoUsd !== undefined) saved.at({ model, tenant, region }).nanoUsd += use.savedCostNanoUsd;
    },
  };
}
