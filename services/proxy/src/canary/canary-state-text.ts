import { canaryPhases } from "@meridian/core";
import type { CanaryState, CohortTotals, TestState } from "@meridian/routing";
import { z } from "zod";

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

/** Reads the JSON of a state. Throws where it is not one; `place` is where it was kept. */
export function parseCanaryState(text: string, place: string): CanaryState {
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${place} is not the state of a canary; remove it to begin anew`, { cause: error });
  }
}
