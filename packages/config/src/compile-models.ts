import type { Model, Prices } from "@meridian/core";
import { builtInModels } from "./built-in.js";
import type { ProblemReporter } from "./config-problem.js";
import type { Config } from "./schema/config-schema.js";
import { unknownName } from "./suggest.js";
import { nanoUsdFromUsd } from "./usd.js";

type ModelEntry = Exclude<Config["models"][string], null | false>;

/**
 * The catalogue by id: the built-in models first, each with the file's changes, then the file's own. A removed model
 * also leaves the built-in chains of the others; a chain in the file that names it is a problem.
 */
export function compileModels(config: Config, report: ProblemReporter): Map<string, Model> {
  const ids = [...new Set([...builtInModels.keys(), ...Object.keys(config.models)])];
  const kept = ids.filter((id) => !isRemoved(config.models[id]));
  for (const id of ids.filter((removed) => !kept.includes(removed))) {
    if (!builtInModels.has(id)) report.at(["models", id], unknownName("built-in model", id, [...builtInModels.keys()]));
  }
  if (kept.length === 0) report.at(["models"], "removes every model; keep or add at least one");
  return new Map(kept.map((id) => [id, compileModel(id, config.models[id] || {}, kept, report)]));
}

function isRemoved(entry: ModelEntry | null | false | undefined): boolean {
  return entry === null || entry === false;
}

function compileModel(id: string, entry: ModelEntry, known: readonly string[], report: ProblemReporter): Model {
  const builtIn = builtInModels.get(id);
  const contextWindowTokens = entry.contextWindowTokens ?? builtIn?.contextWindowTokens;
  if (contextWindowTokens === undefined) {
    report.at(["models", id, "contextWindowTokens"], "is missing; a model that is not built in needs it");
  }
  return {
    id,
    upstreamName: entry.upstreamName ?? id,
    prices: compilePrices(id, entry.prices ?? {}, report),
    contextWindowTokens: contextWindowTokens ?? 1,
    requestsPerMinute:
      entry.requestsPerMinute === undefined ? builtIn?.requestsPerMinute : (entry.requestsPerMinute ?? undefined),
    tokensPerMinute: entry.tokensPerMinute ?? undefined,
    fallbacks: compileFallbacks(id, entry.fallbacks, known, report),
  };
}

function compilePrices(id: string, prices: NonNullable<ModelEntry["prices"]>, report: ProblemReporter): Prices {
  const output = prices.outputUsdPerMillionTokens ?? builtInModels.get(id)?.outputUsdPerMillionTokens;
  if (output === undefined) {
    const path = ["models", id, "prices", "outputUsdPerMillionTokens"];
    report.at(path, "is missing; a model that is not built in needs it");
  }
  const cached = prices.cachedInputUsdPerMillionTokens;
  return {
    // The form was checked with the file: each is a price.
    inputNanoUsd: nanoUsdFromUsd(prices.inputUsdPerMillionTokens ?? 0) ?? 0n,
    outputNanoUsd: nanoUsdFromUsd(output ?? 0) ?? 0n,
    cachedInputNanoUsd: cached === undefined ? undefined : nanoUsdFromUsd(cached),
  };
}

function compileFallbacks(
  id: string,
  fallbacks: readonly string[] | undefined,
  known: readonly string[],
  report: ProblemReporter,
): readonly string[] {
  if (fallbacks === undefined)
    return (builtInModels.get(id)?.fallbacks ?? []).filter((fallback) => known.includes(fallback));
  fallbacks.forEach((fallback, index) => {
    const path = ["models", id, "fallbacks", index];
    if (fallback === id) report.at(path, "a model cannot be its own fallback; remove it");
    else if (!known.includes(fallback)) report.at(path, unknownName("model", fallback, known));
    else if (fallbacks.indexOf(fallback) < index) report.at(path, "stands twice in this list; remove one");
  });
  return fallbacks;
}
