import type { Model, PriceList, Prices } from "@meridian/core";
import { builtInModels } from "./built-in.js";
import type { ConfigPath, ProblemReporter } from "./config-problem.js";
import type { PricesEntry } from "./schema/catalogue-schema.js";
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
    prices: compilePriceList(id, entry.prices ?? {}, report),
    contextWindowTokens: contextWindowTokens ?? 1,
    requestsPerMinute:
      entry.requestsPerMinute === undefined ? builtIn?.requestsPerMinute : (entry.requestsPerMinute ?? undefined),
    tokensPerMinute: entry.tokensPerMinute ?? undefined,
    fallbacks: compileFallbacks(id, entry.fallbacks, known, report),
  };
}

/** Prices that always count, or a list of them: the first without a date, the others in the order of theirs. */
function compilePriceList(id: string, entry: NonNullable<ModelEntry["prices"]>, report: ProblemReporter): PriceList {
  const path = ["models", id, "prices"];
  if (!Array.isArray(entry)) return { base: compilePrices(id, entry, path, report), changes: [] };
  const dated = entry.map(({ validFrom, ...prices }, index) => ({
    validFromMs: validFrom === undefined ? undefined : Date.parse(validFrom),
    prices: compilePrices(id, prices, [...path, index], report),
  }));
  const [first, ...later] = dated;
  if (first === undefined || first.validFromMs !== undefined)
    report.at([...path, 0, "validFrom"], "must not stand here: the first prices count before all dates");
  const changes = later.map(({ validFromMs, prices }, index) => {
    const before = dated[index]?.validFromMs ?? Number.NEGATIVE_INFINITY;
    if (validFromMs === undefined)
      report.at([...path, index + 1], "needs validFrom; only the first prices count without a date");
    else if (validFromMs <= before)
      report.at([...path, index + 1, "validFrom"], "must be later than that of the prices before it");
    return { validFromMs: validFromMs ?? before, prices };
  });
  return { base: first?.prices ?? compilePrices(id, {}, path, report), changes };
}

function compilePrices(id: string, entry: PricesEntry, path: ConfigPath, report: ProblemReporter): Prices {
  const output = entry.outputUsdPerMillionTokens ?? builtInModels.get(id)?.outputUsdPerMillionTokens;
  if (output === undefined)
    report.at([...path, "outputUsdPerMillionTokens"], "is missing; a model that is not built in needs it");
  // The form was checked with the file: each is a price.
  const optional = (usd: string | number | undefined) => (usd === undefined ? undefined : nanoUsdFromUsd(usd));
  return {
    inputNanoUsd: optional(entry.inputUsdPerMillionTokens) ?? 0n,
    outputNanoUsd: optional(output) ?? 0n,
    cachedInputNanoUsd: optional(entry.cachedInputUsdPerMillionTokens),
    reasoningNanoUsd: optional(entry.reasoningUsdPerMillionTokens),
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
