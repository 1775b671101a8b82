import type { Attempt } from "@meridian/core";
import type { Registry } from "prom-client";
import type { CallLabels } from "./call-labels.js";
import { createTally, showCounter } from "./tally.js";

/** Counts tokens and what relays charge for them. */
export interface SpendingMetrics {
  /** All attempts of one call. */
  ended(attempts: readonly Attempt[], labels: CallLabels): void;
}

/** Registers the counters of tokens and cost. */
export function createSpendingMetrics(registry: Registry): SpendingMetrics {
  const spenderLabels = ["model", "tenant", "region", "cohort", "source"] as const;
  const spent = createTally([...spenderLabels, "endpoint"], () => ({
    prompt: 0,
    cached: 0,
    completion: 0,
    reasoning: 0,
    // Exact, however large. What is shown is the nearest double: exact up to 2^53 nano-USD a series, 9 million USD.
    costNanoUsd: 0n,
  }));
  const kinds = ["prompt", "cached", "completion", "reasoning"] as const;
  showCounter(registry, {
    name: "meridian_tokens_total",
    help: "Tokens of requests and answers; cached ones are a part of the prompt, those of reasoning of the completion.",
    labelNames: [...spenderLabels, "kind"],
    fill: (add) => {
      for (const [{ endpoint: _, ...labels }, tokens] of spent.entries())
        for (const kind of kinds) add({ ...labels, kind }, tokens[kind]);
    },
  });
  showCounter(registry, {
    name: "meridian_cost_nano_usd_total",
    help: "What relays charge for, in nano-USD.",
    labelNames: [...spenderLabels, "endpoint"],
    fill: (add) => {
      for (const [labels, { costNanoUsd }] of spent.entries()) add(labels, Number(costNanoUsd));
    },
  });

  return {
    ended(attempts, { tenant, region, cohort }) {
      for (const { deployment, usage, costNanoUsd, costProvenance: source } of attempts) {
        if (usage === undefined) continue;
        const endpoint = deployment.endpoint.name;
        const model = deployment.model.id;
        const counts = spent.at({ model, tenant, region, cohort, source, endpoint });
        counts.prompt += usage.promptTokens;
        counts.cached += usage.cachedTokens;
        counts.completion += usage.completionTokens;
        counts.reasoning += usage.reasoningTokens;
        counts.costNanoUsd += costNanoUsd;
      }
    },
  };
}
