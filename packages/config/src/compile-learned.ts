import type { LearnedPolicy, ScoreBudget } from "@meridian/core";
import { parseWeights, shippedVersion } from "@meridian/routing";
import type { ProblemReporter } from "./config-problem.js";
import type { ConfigSources } from "./config-sources.js";
import { readText } from "./resolve-secret.js";
import type { Config } from "./schema/config-schema.js";

type LearnedEntry = Config["routing"]["learned"];

/** The learned policy, with the weights of a file where one is named. A file that holds none is a problem. */
export function compileLearned(
  { budget, weights: file }: LearnedEntry,
  sources: ConfigSources,
  report: ProblemReporter,
): LearnedPolicy {
  const compiled = compileBudget(budget);
  const shipped = { budget: compiled, version: shippedVersion, weights: undefined };
  if (file === undefined) return shipped;
  const path = ["routing", "learned", "weights"];
  const weights = readText(file, path, sources, report);
  if (weights === undefined) return shipped;
  try {
    return { budget: compiled, version: parseWeights(weights).model.version, weights };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report.at(path, `the file ${JSON.stringify(file)} holds no weights for this build: ${error.message}`);
    return shipped;
  }
}

function compileBudget({ share, cost }: LearnedEntry["budget"]): ScoreBudget {
  if (cost !== undefined) return { kind: "cost", ofHigh: cost };
  return { kind: "share", ...(share ?? defaultShare) };
}

/** What the proxy of the design sends to each tier. */
export const defaultShare = { medium: 0.24, high: 0.08 } as const;
