import { z } from "zod";

const nanoUsd = z.string().regex(/^\d+$/).transform(BigInt);
const tier = z.enum(["low", "medium", "high"]);
const cohort = z.enum(["baseline", "canary"]);
const count = z.number().int().nonnegative();

const attemptSchema = z.object({
  model: z.string(),
  endpoint: z.string(),
  transport: z.enum(["unary", "stream"]),
  outcome: z.string(),
  startMs: z.number(),
  durationMs: z.number(),
  /** Absent where nothing was generated. */
  usage: z
    .object({ promptTokens: count, completionTokens: count, cachedTokens: count, reasoningTokens: count })
    .optional(),
  costNanoUsd: nanoUsd,
  costProvenance: z.string(),
});

const learnedSchema = z.object({
  version: z.string(),
  language: z.string(),
  score: z.number(),
  quantile: z.number(),
  cutoffs: z.object({ medium: z.number(), high: z.number() }),
  budget: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("share"), medium: z.number(), high: z.number() }),
    z.object({ kind: z.literal("cost"), ofHigh: z.number() }),
  ]),
  costs: z.object({ low: z.number(), medium: z.number(), high: z.number() }),
});

const planSchema = z.object({
  tier: tier.optional(),
  model: z.string(),
  cohort,
  temperature: z.number(),
  maxTokens: count,
  /** In the order that they are tried. */
  candidates: z.array(
    z.object({
      model: z.string(),
      endpoint: z.string(),
      credentials: z.array(z.string()),
      breaker: z.enum(["closed", "open", "half_open"]),
      estimatedCostNanoUsd: nanoUsd,
    }),
  ),
});

/** The version of the format. A reader refuses the lines of another one. */
export const decisionVersion = 1;

/** One line of the file of decisions: what a call was routed by, where it was sent, and what came of it. See docs/replay.md. */
export const decisionLineSchema = z.object({
  v: z.literal(decisionVersion),
  at: z.iso.datetime(),
  requestId: z.string(),
  rpc: z.string(),
  protocol: z.string(),
  tenant: z.string(),
  configVersion: z.string(),
  decision: z.object({
    features: z.object({
      model: z.string().optional(),
      alias: z.string().optional(),
      temperature: z.number().optional(),
      maxTokens: count.optional(),
      choices: count,
      routing: z.object({
        tier: tier.optional(),
        allowedModels: z.array(z.string()),
        fallbacks: z.array(z.string()),
        maxCostNanoUsd: nanoUsd.optional(),
      }),
      hasUser: z.boolean(),
      canaryBucket: count,
      prompt: z.object({
        minTokens: count,
        maxTokens: count,
        billedTokens: count,
        words: z.array(z.string()),
        searchedWords: z.array(z.string()),
        /** Absent where the learned policy had not to decide. */
        learned: learnedSchema.optional(),
      }),
    }),
    location: z.object({ country: z.string(), source: z.string() }),
    canary: z.object({ name: z.string(), salt: z.string(), percentage: z.number(), currentPercentage: z.number() }),
    health: z.object({
      breakers: z.record(z.string(), z.enum(["open", "half_open"])),
      latenciesMs: z.record(z.string(), z.number()),
      inFlight: z.record(z.string(), z.number()),
      unreachable: z.array(z.string()),
      uncheckedKeys: z.array(z.string()),
    }),
    timeOfDayMs: z.number(),
    seed: count,
  }),
  /** Absent where the call was refused instead. */
  plan: planSchema.optional(),
  outcome: z.object({
    code: z.string(),
    reason: z.string().optional(),
    durationMs: z.number(),
    firstTokenMs: z.number().optional(),
    attempts: z.array(attemptSchema),
  }),
});

/** A line as it was read. */
export type DecisionLine = z.output<typeof decisionLineSchema>;

/** What a plan says, for a line and to compare with one. */
export type PlanSummary = z.output<typeof planSchema>;
