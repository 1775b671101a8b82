import type { Model } from "@meridian/core";
import type { ConfigPath, ProblemReporter } from "./config-problem.js";
import type { Config } from "./schema/config-schema.js";
import { unknownName } from "./suggest.js";

/** Reports limits of the file that contradict each other, and names of models that do not exist. */
export function checkPolicies(config: Config, models: ReadonlyMap<string, Model>, report: ProblemReporter): void {
  const { routing, dispatch, deadline, probe, relay, cache } = config;
  const atMost = (path: ConfigPath, value: number, limitName: string, limit: number) => {
    if (value > limit) report.at(path, `${value} is more than ${limitName}, ${limit}; lower it or raise ${limitName}`);
  };
  atMost(["deadline", "defaultMs"], deadline.defaultMs, "deadline.maximumMs", deadline.maximumMs);
  atMost(["probe", "timeoutMs"], probe.timeoutMs, "probe.intervalMs", probe.intervalMs);
  atMost(["relay", "maxEventBytes"], relay.maxEventBytes, "relay.maxAnswerBytes", relay.maxAnswerBytes);
  if (cache !== undefined) atMost(["cache", "maxAnswerBytes"], cache.maxAnswerBytes, "cache.maxBytes", cache.maxBytes);
  const { limits, retry } = dispatch;
  atMost(["dispatch", "limits", "firstTokenMs"], limits.firstTokenMs, "dispatch.limits.streamMs", limits.streamMs);
  atMost(
    ["dispatch", "retry", "backoff", "baseMs"],
    retry.backoff.baseMs,
    "dispatch.retry.backoff.maxMs",
    retry.backoff.maxMs,
  );

  const { keywords, tiers, aliases, canary } = routing;
  atMost(
    ["routing", "keywords", "lowBelowTokens"],
    keywords.lowBelowTokens,
    "routing.keywords.highAboveTokens",
    keywords.highAboveTokens,
  );
  keywords.lowWords.forEach((word, index) => {
    if (!keywords.highWords.includes(word)) return;
    report.at(["routing", "keywords", "lowWords", index], "is in highWords too, which win; remove it from one");
  });
  const ids = [...models.keys()];
  for (const tier of ["low", "high"] as const) {
    if (!models.has(tiers[tier])) report.at(["routing", "tiers", tier], unknownName("model", tiers[tier], ids));
  }
  checkCostBudget(config, models, report);
  for (const [id, replacement] of Object.entries(canary.models)) {
    const path = ["routing", "canary", "models", id];
    if (!models.has(id)) report.at(path, unknownName("model", id, ids));
    else if (!models.has(replacement)) report.at(path, unknownName("model", replacement, ids));
    else if (id === replacement) report.at(path, "is replaced by itself; remove it, or name another model");
  }
  for (const [alias, target] of Object.entries(aliases)) {
    const path = ["routing", "aliases", alias];
    if (models.has(alias))
      report.at(path, "is the id of a model, which means itself; remove it, or choose another name");
    else if (target !== "auto" && !models.has(target)) report.at(path, unknownName("model", target, ["auto", ...ids]));
  }
}

/** A share of the cost can be held where the high tier's model costs something, and the low tier's less than that share. */
function checkCostBudget({ routing }: Config, models: ReadonlyMap<string, Model>, report: ProblemReporter): void {
  const { cost } = routing.learned.budget;
  if (cost === undefined) return;
  const path = ["routing", "learned", "budget", "cost"];
  const priceOf = (tier: "low" | "high") => Number(models.get(routing.tiers[tier])?.prices.base.outputNanoUsd ?? 0n);
  const [low, high] = [priceOf("low"), priceOf("high")];
  const ids = routing.tiers;
  if (high === 0) report.at(path, `has nothing to be a share of: ${ids.high}, the model of the high tier, is free`);
  else if (low >= cost * high)
    report.at(path, `is too little: ${ids.low} alone costs ${(low / high).toFixed(2)} of ${ids.high}; raise it`);
}
