import { complexityPolicies } from "@meridian/core";
import { z } from "zod";
import { builtInHighWords, builtInLowWords } from "../built-in.js";
import { aliasName, decimal, integer, milliseconds, modelId, name, oneOf, section, text } from "./fields.js";

function words() {
  return z.array(
    text(
      /^(?!.*\p{Lu})[\p{L}\p{M}\p{N}_]{1,64}$/u,
      "must be a single word in lower case, of at most 64 letters, digits or underscores",
    ),
    "must be a list of words",
  );
}

const maxAliases = 256;

const aliasesSchema = z
  .record(aliasName(), text(/./, 'must be "auto" or the id of a model'), "must be a mapping of names")
  .refine((aliases) => Object.keys(aliases).length <= maxAliases, `must hold at most ${maxAliases} names`);

const mebibyte = 1024 * 1024;

const rolloutSchema = section({
  stepPoints: decimal(0.01, 100).default(10).describe("What a step adds, in percentage points."),
  stepHours: decimal(0, 8_760).default(48).describe("How long a step lasts at least."),
  fullAfterHours: decimal(0, 87_600)
    .default(336)
    .describe("The step that would begin as long after the first, or later, goes to 100 %: day 14."),
  errorPoints: decimal(0.1, 100).default(2).describe("What is looked for: so many percentage points more errors."),
  latencyPercent: decimal(5, 1_000)
    .default(30)
    .describe("What is looked for: a p95 that is so much longer, in percent."),
  falseAbortPercent: decimal(0.01, 50)
    .default(5)
    .describe("How often a canary like the baseline may be aborted all the same, at most, in percent of rollouts."),
});

const canarySchema = section({
  name: name().default("canary").describe("The change's name. Another name is another canary: it begins anew."),
  percentage: decimal(0, 100)
    .default(0)
    .describe("Share of the users on the canary's side when it begins, with up to two decimals."),
  salt: text(/^.{1,64}$/, "must be 1 to 64 characters")
    .default("meridian")
    .describe("Changing it changes who those users are."),
  models: z
    .record(modelId(), modelId(), "must be a mapping of model ids")
    .default({})
    .describe("The model that the canary's users get where routing chooses another, by the id of that other."),
  rollout: rolloutSchema
    .optional()
    .describe(
      "With this mapping, {} too, the canary steps up by itself while it is as good as the baseline, and is aborted once it is not. Without it the percentage only changes by hand.",
    ),
  stateFile: text(/./, "must be the path of a file")
    .optional()
    .describe(
      "Keeps where the canary stands over a restart, where there is no Redis that does. Without both a process begins with the percentage above.",
    ),
});

const budgetSchema = section({
  share: section({
    medium: decimal(0, 1).describe("Share of the calls that is of the medium tier."),
    high: decimal(0, 1).describe("Share of the calls that is of the high tier. What both leave is of the low one."),
  })
    .refine(({ medium, high }) => medium + high < 1 + 1e-9, "medium and high must be at most 1 together")
    .optional()
    .describe("Shares of the calls. Default 0.24 medium and 0.08 high."),
  cost: decimal(0.01, 1)
    .optional()
    .describe("In place of shares: what calls may cost, of what routing.tiers.high would cost for all of them."),
}).refine(({ share, cost }) => share === undefined || cost === undefined, "must be either share or cost, not both");

const learnedSchema = section({
  budget: budgetSchema.prefault({}).describe("What may be spent on prompts by their scores."),
  weights: text(/./, "must be the path of a file")
    .optional()
    .describe("A file of weights in place of those that Meridian ships."),
});

/** How a model is chosen. */
export const routingSchema = section({
  tiers: section({
    low: modelId().default("deepseek-v3.2").describe("Id of the model for simple prompts."),
    high: modelId().default("gpt-4.1").describe("Id of the model for hard prompts."),
  })
    .prefault({})
    .describe("The models of simple and hard prompts. All others get the region's."),
  aliases: aliasesSchema
    .default({})
    .describe(
      `Other names that callers may use: the id of a model, or auto, where Meridian chooses. At most ${maxAliases}.`,
    ),
  policy: oneOf(complexityPolicies)
    .default("keywords")
    .describe("Who decides how hard a prompt is: the words of keywords, or the score and the budget of learned."),
  keywords: section({
    lowWords: words()
      .default([...builtInLowWords])
      .describe("Words of a simple prompt, in lower case. Replaces the list."),
    highWords: words()
      .default([...builtInHighWords])
      .describe("Words of a hard prompt, in lower case; they win over lowWords. Replaces the list."),
    lowBelowTokens: integer(0, 1_000_000)
      .default(128)
      .describe("A prompt with a low word is simple only with fewer tokens."),
    highAboveTokens: integer(1, 1_000_000).default(512).describe("A prompt of more tokens is hard whatever its words."),
  })
    .prefault({})
    .describe("How hard a prompt is taken to be, with policy keywords."),
  learned: learnedSchema.prefault({}).describe("How hard a prompt is taken to be, with policy learned."),
  canary: canarySchema.prefault({}).describe("A named change, and the slice of users that gets it first."),
  defaultTemperature: decimal(0, 2)
    .default(0.7)
    .describe("Sampling temperature where neither the caller nor the region says one."),
  defaultMaxTokens: integer(1, 1_000_000)
    .default(1000)
    .describe("Most tokens of an answer where neither the caller nor the region says."),
  maxEndpointsPerModel: integer(1, 64).default(2).describe("Endpoints of one model that a call may try."),
});

/** How attempts are made. */
export const dispatchSchema = section({
  limits: section({
    headersMs: milliseconds().default(8_000).describe("Until the headers of a stream."),
    firstTokenMs: milliseconds()
      .default(8_000)
      .describe("Until the first content of a stream, from the start of the attempt."),
    idleMs: milliseconds().default(15_000).describe("Between two events of a stream."),
    unaryMs: milliseconds().default(60_000).describe("A whole attempt that is not streamed."),
    streamMs: milliseconds().default(300_000).describe("A whole streamed attempt."),
  })
    .prefault({})
    .describe("How long one attempt may take."),
  retry: section({
    maxAttempts: integer(1, 50).default(6).describe("Attempts of one call together, on all models and endpoints."),
    rateLimitedTries: integer(1, 20).default(3).describe("Attempts on one candidate that answers 429."),
    overloadedTries: integer(1, 20)
      .default(2)
      .describe("Attempts on one candidate that is overloaded or not reachable."),
    backoff: section({
      baseMs: milliseconds(1, 600_000).default(1_000).describe("The wait before the first retry, at most; it doubles."),
      maxMs: milliseconds(1, 600_000)
        .default(30_000)
        .describe("The longest wait, and the longest Retry-After that is waited for."),
    })
      .prefault({})
      .describe("Waits between attempts on one candidate: a random share of min(maxMs, baseMs * 2^n)."),
    budget: section({
      ratio: decimal(0, 10).default(0.2).describe("Retries for each call."),
      floor: integer(0, 1_000_000).default(10).describe("Retries that are allowed besides, however few the calls."),
      windowMs: milliseconds(100).default(10_000).describe("Over how long both are counted."),
    })
      .prefault({})
      .describe("How much retries may add to the calls planned for one model. Above it a call moves on at once."),
    deadlineShare: decimal(0.01, 1)
      .default(0.6)
      .describe(
        "How much of what is left of the deadline an attempt may take before it answers, where another candidate could be asked.",
      ),
  })
    .prefault({})
    .describe("How often a relay may be asked for one call."),
  breaker: section({
    consecutiveFailures: integer(1, 1_000)
      .default(5)
      .describe(
        "Failures in a row after which a deployment is left alone; failureRate of the calls that wait for an answer, if those are more.",
      ),
    failureRate: decimal(0.01, 1)
      .default(0.5)
      .describe("Share of failures among the calls of the window after which it is left alone as well."),
    windowMs: milliseconds(100).default(30_000).describe("The window of failureRate."),
    minimumCalls: integer(1, 1_000_000)
      .default(20)
      .describe("With fewer calls in the window failureRate says nothing."),
    openMs: milliseconds().default(10_000).describe("For how long, before one call may probe it."),
    accountOpenMs: milliseconds()
      .default(60_000)
      .describe("The same after a rejected key or an exhausted credit, which count at once."),
  })
    .prefault({})
    .describe("When a deployment is left alone."),
});

/** How long a call may take with all its attempts. */
export const deadlineSchema = section({
  defaultMs: milliseconds().default(120_000).describe("A call whose caller sets no deadline."),
  maximumMs: milliseconds().default(600_000).describe("The longest deadline that a caller gets."),
});

/** The latency probe. */
export const probeSchema = section({
  intervalMs: milliseconds(10).default(30_000).describe("Between two probes of an endpoint."),
  timeoutMs: milliseconds(1, 60_000).default(2_000).describe("An endpoint that takes longer counts as unreachable."),
});

/** The connections to the relays. */
export const relaySchema = section({
  connectTimeoutMs: milliseconds(1, 60_000).default(3_000).describe("Until a connection stands, TLS included."),
  maxConnectionsPerEndpoint: integer(1, 65_536)
    .default(4_096)
    .describe("Connections to one endpoint, and with HTTP/1.1 calls at once; more wait."),
  maxAnswerBytes: integer(1024, 512 * mebibyte)
    .default(32 * mebibyte)
    .describe("The largest answer that is read, in bytes."),
  maxEventBytes: integer(1024, 512 * mebibyte)
    .default(mebibyte)
    .describe("The largest event of a stream that is read, in bytes."),
});
