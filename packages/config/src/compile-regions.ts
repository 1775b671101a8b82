import type { Model, RegionRule } from "@meridian/core";
import { builtInRegions, defaultRegion } from "./built-in.js";
import type { ProblemReporter } from "./config-problem.js";
import type { Config } from "./schema/config-schema.js";
import { unknownName } from "./suggest.js";

type RegionEntry = Exclude<Config["regions"][string], null | false>;

/**
 * The region table: the built-in rules with the file's changes, then the file's own. A built-in rule that the file does
 * not touch goes with its model when that was removed; DEFAULT never goes.
 */
export function compileRegions(
  config: Config,
  models: ReadonlyMap<string, Model>,
  report: ProblemReporter,
): Map<string, RegionRule> {
  const regions = new Map<string, RegionRule>();
  for (const code of new Set([...builtInRegions.keys(), ...Object.keys(config.regions)])) {
    const entry = config.regions[code];
    if (entry === null || entry === false) {
      if (code === defaultRegion)
        report.at(["regions", code], "cannot be removed; every other country falls back to it");
      else if (!builtInRegions.has(code)) {
        report.at(["regions", code], unknownName("built-in region", code, [...builtInRegions.keys()]));
      }
      continue;
    }
    const rule = compileRegion(code, entry, models, report);
    if (rule !== undefined) regions.set(code, rule);
  }
  return regions;
}

function compileRegion(
  code: string,
  entry: RegionEntry | undefined,
  models: ReadonlyMap<string, Model>,
  report: ProblemReporter,
): RegionRule | undefined {
  const builtIn = builtInRegions.get(code);
  const id = entry?.model ?? builtIn?.model;
  if (id === undefined) {
    report.at(["regions", code, "model"], "is missing; a country that is not built in needs it");
    return undefined;
  }
  const model = models.get(id);
  if (model === undefined) {
    if (entry === undefined && code !== defaultRegion) return undefined;
    report.at(["regions", code, "model"], unknownName("model", id, [...models.keys()]));
    return undefined;
  }
  const maxTokens = entry?.maxTokens ?? builtIn?.maxTokens;
  if (maxTokens !== undefined && maxTokens > model.contextWindowTokens) {
    const limit = `${model.contextWindowTokens} tokens of ${id}`;
    report.at(["regions", code, "maxTokens"], `${maxTokens} is more than the context window, ${limit}; lower it`);
  }
  return { model: id, maxTokens, temperature: entry?.temperature ?? builtIn?.temperature };
}
