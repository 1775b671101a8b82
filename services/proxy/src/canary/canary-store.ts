import { readFile, rename, writeFile } from "node:fs/promises";
import { canaryPhases } from "@meridian/core";
import type { CanaryState, CohortTotals, TestState } from "@meridian/routing";
import { z } from "zod";

/** Keeps where the canary stands. */
export interface CanaryStore {
  /** What was saved last; undefined where nothing was. Rejects where that cannot be read. */
  load(): Promise<CanaryState | undefined>;
  /** Replaces it as a whole. */
  save(state: CanaryState): Promise<void>;
}

const count = z.number().int().min(0);
const percentage = z.number().min(0).max(100);
const test = z.strictObject({
  round: count.min(1),
  logEvidence: z.number(),
  roundsPassed: count,
}) satisfies z.ZodType<TestState>;
const totals = z.strictObject({
  calls: count,
  failed: count,
  answers: count,
  slow: count,
}) satisfies z.ZodType<CohortTotals>;

const stateSchema = z.strictObject({
  name: z.string(),
  salt: z.string(),
  configuredPercentage: percentage,
  phase: z.enum(canaryPhases),
  percentage,
  step: count.min(1),
  sinceMs: z.number(),
  reason: z.string(),
  comparison: z.strictObject({ errors: test, latency: test, canary: totals, baseline: totals }),
}) satisfies z.ZodType<CanaryState>;

/**
 * Keeps the state in a JSON file, which is replaced at once: whoever reads it finds the old state or the new one. One process
 * may have it; its saves have to come one after the other.
 */
export function createFileCanaryStore(path: string): CanaryStore {
  return {
    async load() {
      const text = await readFile(path, "utf8").catch((error: unknown) => {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      });
      return text === undefined ? undefined : parseState(text, path);
    },
    async save(state) {
      const newPath = `${path}.new`;
      await writeFile(newPath, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600, flush: true });
      await rename(newPath, path);
    },
  };
}

function parseState(text: string, path: string): CanaryState {
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${path} is not the state of a canary; remove it to begin anew`, { cause: error });
  }
}
