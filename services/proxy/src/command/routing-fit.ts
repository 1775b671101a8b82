import { createHash } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import {
  compareScores,
  type Estimate,
  fitModel,
  foldCount,
  formatWeights,
  type Label,
  loadLearnedModel,
  promptFingerprint,
  scoreFeatures,
  type WeightsFile,
} from "@meridian/routing";
import type { CommandWorld } from "./load-config.js";
import { loadWeights } from "./load-weights.js";
import { readLabels } from "./read-labels.js";

/** What `meridian routing fit` was asked for. */
export interface FitOptions {
  readonly output: string;
  readonly name: string;
  readonly seed: number;
  readonly force?: true;
}

/** Fewer tell nothing about labels that are held out. */
const fewestLabels = 50;

/** `meridian routing fit`. Rejects where the labels or the output cannot be used, or the weights there are better. */
export async function fitRouting(file: string, options: FitOptions, world: CommandWorld): Promise<void> {
  const { output, name, seed, force = false } = options;
  const labels = await readLabels(file);
  checkLabels(labels, file);
  const existing = await existingWeights(output, force);
  const prior = await loadLearnedModel();
  const { model: fitted, heldOutScores } = fitModel(prior, labels, seed);
  const model = { ...fitted, version: `${name}-${digestOf(fitted)}` };

  const priorScores = labels.map(({ features }) => scoreFeatures(prior, features).score);
  const { before, after, change } = compareScores(labels, priorScores, heldOutScores);
  const width = Math.max(prior.version.length, model.version.length);
  world.print(
    `${labels.length} labels, area under the curve of quality (APGR, 0.5: by chance), ${foldCount}-fold held out:`,
  );
  world.print(`  before  ${prior.version.padEnd(width)}  ${showEstimate(before)}`);
  world.print(`  after   ${model.version.padEnd(width)}  ${showEstimate(after)}`);
  world.print(`  change  ${"".padEnd(width - 1)} ${change.value < 0 ? "" : "+"}${showEstimate(change)}`);

  const reason =
    change.value <= 0
      ? `these weights order the labels no better than the shipped ${prior.version}`
      : existing && reasonToKeep(existing, labels, heldOutScores);
  if (reason !== undefined && !force)
    throw new Error(`${output}: not written: ${reason} (--force writes it nevertheless)`);
  const fingerprints = labels.map((label, index) => [promptFingerprint(label), heldOutScores[index] ?? 0] as const);
  const text = formatWeights({ name, base: prior.version, model, heldOutScores: Object.fromEntries(fingerprints) });
  // Whoever reads the file meanwhile sees the old weights or the new ones.
  await writeFile(`${output}.new`, text);
  await rename(`${output}.new`, output);
  world.print(`${output}: written`);
}

function checkLabels(labels: readonly Label[], file: string): void {
  if (labels.length < fewestLabels)
    throw new Error(`${file}: ${labels.length} labels are too few, ${fewestLabels} are the least`);
  const gap = labels.reduce((sum, { weakOk, strongOk }) => sum + strongOk - weakOk, 0);
  if (gap <= 0)
    throw new Error(`${file}: the expensive model is no better than the cheap one, so there is nothing to route for`);
}

async function existingWeights(output: string, force: boolean): Promise<WeightsFile | undefined> {
  try {
    return await loadWeights(output);
  } catch (error) {
    if (force || (error instanceof Error && "code" in error && error.code === "ENOENT")) return undefined;
    throw error;
  }
}

/** Why weights that are there stay, if they do: in what they were fitted to they count as if it had been held out. */
function reasonToKeep(existing: WeightsFile, labels: readonly Label[], scores: readonly number[]): string | undefined {
  const { model, heldOutScores = {} } = existing;
  const existingScores = labels.map(
    (label) => heldOutScores[promptFingerprint(label)] ?? scoreFeatures(model, label.features).score,
  );
  const { before, change } = compareScores(labels, existingScores, scores);
  return change.value < 0
    ? `${model.version}, which is there, orders the labels better: ${showEstimate(before)}`
    : undefined;
}

/** Eight hexadecimal digits that change with the weights. */
function digestOf(model: WeightsFile["model"]): string {
  return createHash("sha256")
    .update(formatWeights({ name: "", base: "", model }))
    .digest("hex")
    .slice(0, 8);
}

function showEstimate({ value, standardError }: Estimate): string {
  return `${value.toFixed(3)} ± ${standardError.toFixed(3)}`;
}
