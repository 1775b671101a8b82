import {
  type Attempt,
  type AttemptOutcome,
  costNanoUsd,
  type Deployment,
  pricesAt,
  type RelayRequest,
  type Transport,
  type UpstreamFailure,
  type Usage,
} from "@meridian/core";
import { type AttemptSignal, createAttemptSignal } from "./attempt-signal.js";
import type { CallJob, DispatchDependencies } from "./call-job.js";
import type { TextMeters } from "./delta-reader.js";
import type { DeploymentSign } from "./deployment-health.js";
import { createTextMeter, type TextMeter } from "./text-meter.js";

/** How an attempt ended, as far as it is not known from its start. */
export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  /** The relay's HTTP status; 0: that of the headers, if any came. */
  readonly status: number;
  /** What the relay reported; undefined: nothing, and what the attempt's meter has seen is counted instead. */
  readonly usage: Usage | undefined;
  /** The delay that the relay's rate limit named, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** What an attempt is made of. */
export interface AttemptStart {
  /** It has given its permit. */
  readonly deployment: Deployment;
  readonly transport: Transport;
  /** What it counts against the model's limit of tokens. */
  readonly tokens: number;
  /** Whether another candidate could be asked, should this one be slow. */
  readonly mayMoveOn: () => boolean;
}

/** An attempt under way. */
export interface RunningAttempt extends TextMeters {
  readonly deployment: Deployment;
  readonly transport: Transport;
  readonly request: RelayRequest;
  readonly limits: AttemptSignal;
  /** The headers of a stream have come, with this HTTP status. */
  headersArrived(status: number): void;
  /** The first content of a stream has come. */
  contentArrived(): void;
  /** Milliseconds since it began. */
  elapsedMs(): number;
  /**
   * How long to wait for what the policy gives so long, in milliseconds: less where another candidate could be asked and
   * would have no time left.
   */
  patienceMs(policyMs: number): number;
  /** Ends it: reports it, tells the deployment's health, frees what it holds. Only the first call counts. */
  end(end: AttemptEnd): Attempt;
}

/** Begins an attempt. `onEnd` gets the report when it ends. */
export function beginAttempt(
  start: AttemptStart,
  job: CallJob,
  dependencies: DispatchDependencies,
  onEnd: (attempt: Attempt) => void,
): RunningAttempt {
  return new CountedAttempt(start, job, dependencies, onEnd);
}

/** A class: each stream that is open has one. */
class CountedAttempt implements RunningAttempt {
  readonly deployment: Deployment;
  readonly transport: Transport;
  readonly limits: AttemptSignal;
  readonly #start: AttemptStart;
  readonly #job: CallJob;
  readonly #dependencies: DispatchDependencies;
  readonly #onEnd: (attempt: Attempt) => void;
  readonly #beganAtMs: number;
  readonly #prices: ReturnType<typeof pricesAt>;
  readonly #timing: ReturnType<DispatchDependencies["latency"]["began"]>;
  readonly #traceContext: Attempt["traceContext"];
  #isHurried = false;
  // Made where something is measured: a relay that reports its usage with a whole answer needs none.
  #meter: TextMeter | undefined;
  #reasoningMeter: TextMeter | undefined;
  #headersStatus = 0;
  #contentAfterMs: number | undefined;
  #sign: DeploymentSign | undefined;
  #ended: Attempt | undefined;

  constructor(
    start: AttemptStart,
    job: CallJob,
    dependencies: DispatchDependencies,
    onEnd: (attempt: Attempt) => void,
  ) {
    const { deployment, transport, tokens } = start;
    const { clock, timeOfDayMs, latency, modelLimits, policy } = dependencies;
    this.deployment = deployment;
    this.transport = transport;
    this.#start = start;
    this.#job = job;
    this.#dependencies = dependencies;
    this.#onEnd = onEnd;
    this.#beganAtMs = clock.now();
    this.#prices = pricesAt(deployment.model.prices, timeOfDayMs());
    const totalMs = transport === "unary" ? this.patienceMs(policy.limits.unaryMs) : policy.limits.streamMs;
    this.limits = createAttemptSignal(clock, job.deadline.signal, totalMs);
    modelLimits.take(deployment.model, tokens);
    this.#timing = latency.began(deployment.endpoint.name, deployment.model.id, transport);
    this.#traceContext = job.traceAttempt?.({ deployment, transport, startMs: this.#startMs });
  }

  get request(): RelayRequest {
    const { call, plan } = this.#job;
    return {
      deployment: this.deployment,
      body: call.body,
      temperature: plan.temperature,
      maxTokens: plan.maxTokens,
      country: plan.location.country,
      clientAddress: plan.location.clientAddress,
      requestId: call.requestId,
      keepsSource: call.keepsSource ?? false,
      traceContext: this.#traceContext,
    };
  }

  get meter(): TextMeter {
    this.#meter ??= createTextMeter(this.#dependencies.countTokens);
    return this.#meter;
  }

  get reasoningMeter(): TextMeter {
    this.#reasoningMeter ??= createTextMeter(this.#dependencies.countTokens);
    return this.#reasoningMeter;
  }

  headersArrived(status: number): void {
    this.#headersStatus = status;
  }

  contentArrived(): void {
    this.#contentAfterMs = this.elapsedMs();
    this.#sign = this.#dependencies.health.beganToAnswer(this.deployment, this.#beganAtMs);
    this.#timing.contentArrived();
  }

  elapsedMs(): number {
    return this.#dependencies.clock.now() - this.#beganAtMs;
  }

  patienceMs(policyMs: number): number {
    const { deadlineShare } = this.#dependencies.policy.retry;
    const shareMs = Math.floor(this.#job.deadline.remainingMs() * deadlineShare);
    const limitMs = deadlineShare < 1 && shareMs < policyMs && this.#start.mayMoveOn() ? shareMs : policyMs;
    this.#isHurried = limitMs < Math.min(policyMs * tellingShare, tellingMs);
    return limitMs;
  }

  end({ outcome, status, usage: reported, retryAfterMs }: AttemptEnd): Attempt {
    if (this.#ended !== undefined) return this.#ended;
    const { deployment, transport } = this;
    const { health, fastestAnswers, modelLimits } = this.#dependencies;
    const durationMs = this.elapsedMs();
    const permittedAtMs = this.#beganAtMs;
    health.record(deployment, { outcome: this.#blameOf(outcome), retryAfterMs, permittedAtMs, sign: this.#sign });
    this.limits.release();
    const firstContentMs = transport === "stream" ? this.#contentAfterMs : undefined;
    const answeredAfterMs = transport === "unary" && outcome === "ok" ? durationMs : firstContentMs;
    if (answeredAfterMs !== undefined) fastestAnswers.answered(deployment, transport, answeredAfterMs);
    this.#timing.ended();
    const usage = reported ?? this.#estimate(outcome);
    const tokens = usage === undefined ? 0 : usage.promptTokens + usage.completionTokens;
    modelLimits.settle(deployment.model, this.#start.tokens, tokens);
    this.#ended = {
      deployment,
      transport,
      outcome,
      status: status === 0 ? this.#headersStatus : status,
      startMs: this.#startMs,
      durationMs,
      firstContentMs,
      usage,
      costNanoUsd: usage === undefined ? 0n : costNanoUsd(usage, this.#prices),
      costProvenance: usage?.provenance ?? (mayHaveBilled(outcome) ? "estimated" : "reported"),
      traceContext: this.#traceContext,
    };
    this.#onEnd(this.#ended);
    return this.#ended;
  }

  get #startMs(): number {
    return this.#beganAtMs - this.#job.arrivedAtMs;
  }

  /** What the outcome says of the deployment: nothing, where its caller had little time, or was slow itself. */
  #blameOf(outcome: AttemptOutcome): AttemptOutcome {
    if (!limitOutcomes.has(outcome)) return outcome;
    const isCallerSlow = this.#contentAfterMs !== undefined && this.limits.waitedMs < this.elapsedMs() / 2;
    return this.#isHurried || (outcome === "attempt_limit" && isCallerSlow) ? "deadline_exceeded" : outcome;
  }

  #estimate(outcome: AttemptOutcome): Usage | undefined {
    const reasoningTokens = this.#reasoningMeter?.tokens() ?? 0;
    const completionTokens = (this.#meter?.tokens() ?? 0) + reasoningTokens;
    // A relay that failed before its first token has generated nothing that we know of.
    if (completionTokens === 0 && outcome !== "ok") return undefined;
    const promptTokens = this.#dependencies.countTokens(this.#job.call.texts);
    return { promptTokens, completionTokens, cachedTokens: 0, reasoningTokens, provenance: "estimated" };
  }
}

/** The HTTP status that a failure tells; 0 where it tells none. */
export function statusOf(failure: UpstreamFailure): number {
  return "status" in failure ? failure.status : 0;
}

/** The share of a limit that a deployment must have had before its silence is held against it. */
const tellingShare = 0.25;
/** So long a silence is held against it in any case, in milliseconds: a whole answer may be given a minute. */
const tellingMs = 4_000;

/** Outcomes that say a limit of time has passed. */
const limitOutcomes: ReadonlySet<AttemptOutcome> = new Set<AttemptOutcome>([
  "headers_limit",
  "first_token_limit",
  "idle_limit",
  "attempt_limit",
]);

/** Outcomes that say the relay has refused, or never had, the request: it bills nothing for it. */
const unbilled: ReadonlySet<AttemptOutcome> = new Set<AttemptOutcome>([
  "invalid_request",
  "content_policy",
  "context_too_long",
  "credential_rejected",
  "credit_exhausted",
  "model_missing",
  "rate_limited",
  "overloaded",
  "connection_failed",
]);

function mayHaveBilled(outcome: AttemptOutcome): boolean {
  return !unbilled.has(outcome);
}
