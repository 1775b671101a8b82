import {
  type Attempt,
  type AttemptOutcome,
  type Candidate,
  type CommitMode,
  type Credential,
  createDeadline,
  type Deadline,
  type Deployment,
  type DispatchPolicy,
  Secret,
  Stop,
} from "@meridian/core";
import { createFakeClock, type FakeClock } from "@meridian/core/testing";
import type { CallJob, DispatchDependencies } from "../call-job.js";
import { createDeploymentHealth, type DeploymentHealth } from "../deployment-health.js";
import { createEndpointLatency, type EndpointLatency } from "../endpoint-latency.js";
import { createFastestAnswers } from "../fastest-answers.js";
import { createModelLimits } from "../model-limits.js";
import { createRetryBudget } from "../retry-budget.js";
import { createScriptedRelay, type Script, type ScriptedRelay } from "./scripted-relay.js";

/** The documented defaults. */
export const defaultPolicy: DispatchPolicy = {
  limits: { headersMs: 8_000, firstTokenMs: 8_000, idleMs: 15_000, unaryMs: 60_000, streamMs: 300_000 },
  retry: {
    maxAttempts: 6,
    rateLimitedTries: 3,
    overloadedTries: 2,
    backoff: { baseMs: 1_000, maxMs: 30_000 },
    budget: { ratio: 0.2, floor: 10, windowMs: 10_000 },
    deadlineShare: 0.6,
  },
  breaker: {
    consecutiveFailures: 5,
    failureRate: 0.5,
    windowMs: 30_000,
    minimumCalls: 20,
    openMs: 10_000,
    accountOpenMs: 60_000,
  },
};

/** A key by its name. */
export function credentialOf(name: string): Credential {
  return { name, version: name, cohort: undefined, key: new Secret(`key ${name}`) };
}

const defaultCredential = credentialOf("key");

/** What differs from the other candidates of a test. */
export interface CandidateOptions {
  readonly credentials?: readonly Credential[];
  readonly contextWindowTokens?: number;
  /** Default "model". */
  readonly model?: string;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/** A candidate at its own endpoint: 1,000 nano-USD a token of prompt, 2,000 a token of answer. */
export function candidateOf(name: string, options: CandidateOptions = {}): Candidate {
  const credentials = options.credentials ?? [defaultCredential];
  return {
    endpoint: { name, baseUrl: `http://${name}.test`, models: undefined, credentials },
    model: {
      id: options.model ?? "model",
      upstreamName: options.model ?? "model",
      prices: {
        base: {
          inputNanoUsd: 1_000_000_000n,
          outputNanoUsd: 2_000_000_000n,
          cachedInputNanoUsd: undefined,
          reasoningNanoUsd: undefined,
        },
        changes: [],
      },
      contextWindowTokens: options.contextWindowTokens ?? 1_000,
      requestsPerMinute: options.requestsPerMinute,
      tokensPerMinute: options.tokensPerMinute,
      fallbacks: [],
    },
    credentials,
    reason: "of the test",
    breaker: "closed",
    estimatedCostNanoUsd: 0n,
    latencyMs: undefined,
  };
}

/** The deployment of a candidate that differs in nothing but its name. */
export function deploymentAt(name: string): Deployment {
  const { endpoint, model } = candidateOf(name);
  return { endpoint, model, credential: defaultCredential };
}

/** What a scenario is made of. */
export interface ScenarioOptions {
  readonly candidates?: readonly Candidate[];
  readonly scripts?: readonly Script[];
  readonly policy?: DispatchPolicy;
  readonly commit?: CommitMode;
  readonly choices?: number;
  readonly budgetMs?: number;
  /** What every random number is. Default 0.5. */
  readonly chance?: number;
  /** What the probe of every endpoint took, in milliseconds. Default: none was answered. */
  readonly probedMs?: number;
}

/** One call over a scripted relay on a fake clock. */
export interface Scenario {
  readonly clock: FakeClock;
  readonly relay: ScriptedRelay;
  readonly health: DeploymentHealth;
  readonly latency: EndpointLatency;
  readonly deadline: Deadline;
  readonly job: CallJob;
  readonly dependencies: DispatchDependencies;
  /** Another call to `deploymentAt(name)` has begun and ended now. */
  otherCall(name: string, outcome: AttemptOutcome): void;
  /** What is left behind after the call, its deadline released: all 0 where nothing is. */
  leftovers(): { readonly timers: number; readonly listeners: number; readonly sockets: number };
}

/** Creates a scenario. The prompt counts 6 tokens; a token is a character. */
export function createScenario(options: ScenarioOptions = {}): Scenario {
  const policy = options.policy ?? defaultPolicy;
  const random = () => options.chance ?? 0.5;
  const clock = createFakeClock();
  const relay = createScriptedRelay(clock, options.scripts ?? []);
  const health = createDeploymentHealth(policy.breaker, clock, random);
  const latency = createEndpointLatency(clock, () => options.probedMs);
  const deadline = createDeadline(clock, options.budgetMs ?? 10_000_000);
  const job: CallJob = {
    call: {
      requestId: "request-1",
      model: undefined,
      body: { messages: [{ role: "user", content: "prompt" }] },
      texts: ["prompt"],
      question: "prompt",
      temperature: undefined,
      maxTokens: undefined,
      choices: options.choices ?? 1,
      user: "",
      routing: {
        tier: undefined,
        allowedModels: [],
        fallbacks: [],
        maxCostNanoUsd: undefined,
        commit: options.commit ?? "first_token",
      },
    },
    plan: {
      location: { country: "ID", source: "cf-ipcountry", clientAddress: "192.0.2.1" },
      tier: "medium",
      signals: { policy: "keywords", promptTokens: 6, promptTokensExact: true, lowWords: [], highWords: [] },
      reasons: [],
      model: "model",
      canaryBucket: 0,
      cohort: "baseline",
      hasUser: false,
      temperature: 0.3,
      maxTokens: 256,
      candidates: options.candidates ?? [candidateOf("a"), candidateOf("b")],
      excluded: [{ model: "other", endpoint: undefined, reason: "not allowed" }],
    },
    deadline,
    arrivedAtMs: clock.now(),
  };
  const countTokens = (texts: readonly string[]) => texts.join("").length;
  return {
    clock,
    relay,
    health,
    latency,
    deadline,
    job,
    dependencies: {
      relay,
      clock,
      timeOfDayMs: clock.now,
      random,
      health,
      latency,
      modelLimits: createModelLimits(clock),
      retryBudget: createRetryBudget(policy.retry.budget, clock),
      fastestAnswers: createFastestAnswers(clock),
      policy,
      countTokens,
    },
    otherCall(name, outcome) {
      health.record(deploymentAt(name), { outcome, retryAfterMs: undefined, permittedAtMs: clock.now() });
    },
    leftovers() {
      deadline.release();
      if (!(deadline.signal instanceof Stop)) throw new Error("its listeners cannot be counted");
      return {
        timers: clock.pendingTimers,
        listeners: deadline.signal.listenerCount,
        sockets: relay.open,
      };
    },
  };
}

/** How a promise ended, and when. */
export interface Settled<Value> {
  readonly value: Value | undefined;
  readonly error: unknown;
  readonly atMs: number;
}

/** Moves the clock until a promise must have settled. Throws where it has not. */
export async function settled<Value>(
  clock: FakeClock,
  promise: Promise<Value>,
  withinMs = 1_000_000,
): Promise<Settled<Value>> {
  const ends: Settled<Value>[] = [];
  const watched = promise.then(
    (value) => ends.push({ value, error: undefined, atMs: clock.now() }),
    (error: unknown) => ends.push({ value: undefined, error, atMs: clock.now() }),
  );
  await clock.advance(withinMs);
  const [end] = ends;
  if (end === undefined) throw new Error(`not settled within ${withinMs} ms`);
  await watched;
  return end;
}

/** Attempts in short: "endpoint/credential transport outcome". */
export function inShort(attempts: readonly Attempt[]): readonly string[] {
  return attempts.map(
    ({ deployment: { endpoint, credential }, transport, outcome }) =>
      `${endpoint.name}/${credential.name} ${transport} ${outcome}`,
  );
}
