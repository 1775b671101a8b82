import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createRandom } from "../create-random.js";
import type { RoutingRow } from "./routing-row.js";

/** The policies that are compared, in the order of the tables. */
export const policyNames = ["random", "length", "keywords", "learned"] as const;

/** One of the policies. */
export type PolicyName = (typeof policyNames)[number];

/** What a policy makes of a row. */
export interface Prediction {
  readonly score: number;
  /** 0 low, 1 medium, 2 high; undefined where the policy has no tiers. */
  readonly tier: number | undefined;
}

/** A row with what every policy makes of it. */
export interface ScoredRow extends RoutingRow {
  readonly predictions: Readonly<Record<PolicyName, Prediction>>;
}

/**
 * Scores the rows of a file by every policy: those of Meridian by its command line, as anybody would. Rejects where that
 * fails, or leaves a row out.
 */
export async function scoreRows(
  file: string,
  rows: readonly RoutingRow[],
  seed: number,
): Promise<readonly ScoredRow[]> {
  const random = createRandom(seed);
  const [keywords, learned] = await Promise.all([
    predictionsOf(file, rows, "keywords"),
    predictionsOf(file, rows, "learned"),
  ]);
  return rows.flatMap((row, index): readonly ScoredRow[] => {
    const [byKeywords, byLearned] = [keywords[index], learned[index]];
    // There is one for each row.
    if (byKeywords === undefined || byLearned === undefined) return [];
    const untiered = (score: number): Prediction => ({ score, tier: undefined });
    const [byChance, byLength] = [untiered(random()), untiered(row.prompt.length)];
    return [{ ...row, predictions: { random: byChance, length: byLength, keywords: byKeywords, learned: byLearned } }];
  });
}

async function predictionsOf(
  file: string,
  rows: readonly RoutingRow[],
  policy: string,
): Promise<readonly Prediction[]> {
  const script = fileURLToPath(new URL("../../../services/proxy/dist/main.js", import.meta.url));
  const args = [script, "routing", "score", "--policy", policy, "--data", file];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const predictions: Prediction[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const { id, score, tier }: Record<string, unknown> = JSON.parse(line);
    if (id !== rows[predictions.length]?.id || typeof score !== "number" || typeof tier !== "number")
      throw new Error(`${policy}: an unexpected line: ${line}`);
    predictions.push({ score, tier });
  }
  const [code] = await exit;
  if (code !== 0 || predictions.length < rows.length) throw new Error(`meridian routing score ended with ${code}`);
  return predictions;
}
