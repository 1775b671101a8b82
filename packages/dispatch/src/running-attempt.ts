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
export interface RunningAttempt {
  readonly deployment: Deployment;
  readonly transport: Transport;
  readonly request: RelayRequest;
  readonly limits: AttemptSignal;
  /** Gets every piece of generated text but that of reasoning. */
  readonly meter: TextMeter;
  /** Gets every piece of reasoning, which may have a price of its own. */
  readonly reasoningMeter: TextMeter;
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
  { deployment, transport, tokens, mayMoveOn }: AttemptStart,
  job: CallJob,
  { clock, timeOfDayMs, health, latency, modelLimits, fastestAnswers, policy, countTokens }: DispatchDependencies,
  onEnd: (attempt: Attempt) => void,
): RunningAttempt {
  const { call, plan, deadline } = job;
  const beganAtMs = clock.now();
  const prices = pricesAt(deployment.model.prices, timeOfDayMs());
  let isHurried = false;
  const patienceMs = (policyMs: number): number => {
    const { deadlineShare } = policy.retry;
    const shareMs = Math.floor(deadline.remainingMs() * deadlineShare);
    const limitMs = deadlineShare < 1 && shareMs < policyMs && mayMoveOn() ? shareMs : policyMs;
    isHurried = limitMs < Math.min(policyMs * tellingShare, tellingMs);
    return limitMs;
  };
  const totalMs = transport === "unary" ? patienceMs(policy.limits.unaryMs) : policy.limits.streamMs;
  const limits = createAttemptSignal(clock, deadline.signal, totalMs);
  // Made where something is measured: a relay that reports its usage with a whole answer needs none.
  let meter: TextMeter | undefined;
  let reasoningMeter: TextMeter | undefined;
  modelLimits.take(deployment.model, tokens);
  const timing = latency.began(deployment.endpoint.name, deployment.model.id, transport);
  const startMs = beganAtMs - job.arrivedAtMs;
  const traceContext = job.traceAttempt?.({ deployment, transport, startMs });
  let headersStatus = 0;
  let contentAfterMs: number | undefined;
  let sign: DeploymentSign | undefined;
  let ended: Attempt | undefined;

  /** What the outcome says of the deployment: nothing, where its caller had little time, or was slow itself. */
  const blameOf = (outcome: AttemptOutcome): AttemptOutcome => {
    if (!limitOutcomes.has(outcome)) return outcome;
    const isCallerSlow = contentAfterMs !== undefined && limits.waitedMs < (clock.now() - beganAtMs) / 2;
    return isHurried || (outcome === "attempt_limit" && isCallerSlow) ? "deadline_exceeded" : outcome;
  };

  const estimate = (outcome: AttemptOutcome): Usage | undefined => {
    const reasoningTokens = reasoningMeter?.tokens() ?? 0;
    const completionTokens = (meter?.tokens() ?? 0) + reasoningTokens;
    // A relay that failed before its first token has generated nothing that we know of.
    if (completionTokens === 0 && outcome !== "ok") return undefined;
    const promptTokens = countTokens(call.texts);
    return { promptTokens, completionTokens, cachedTokens: 0, reasoningTokens, provenance: "estimated" };
  };

  return {
    deployment,
    transport,
    request: {
      deployment,
      body: call.body,
      temperature: plan.temperature,
      maxTokens: plan.maxTokens,
      country: plan.location.country,
      clientAddress: plan.location.clientAddress,
      requestId: call.requestId,
      keepsSource: call.keepsSource ?? false,
      traceContext,
    },
    limits,
    headersArrived(status) {
      headersStatus = status;
    },
    contentArrived() {
      contentAfterMs = clock.now() - beganAtMs;
      sign = health.beganToAnswer(deployment, beganAtMs);
      timing.contentArrived();
    },
    patienceMs,
    elapsedMs: () => clock.now() - beganAtMs,
    get meter() {
      meter ??= createTextMeter(countTokens);
      return meter;
    },
    get reasoningMeter() {
      reasoningMeter ??= createTextMeter(countTokens);
      return reasoningMeter;
    },
    end({ outcome, status, usage: reported, retryAfterMs }) {
      if (ended !== undefined) return ended;
      const durationMs = clock.now() - beganAtMs;
      health.record(deployment, { outcome: blameOf(outcome), retryAfterMs, permittedAtMs: beganAtMs, sign });
      limits.release();
      const answeredAfterMs = transport === "stream" ? contentAfterMs : outcome === "ok" ? durationMs : undefined;
      if (answeredAfterMs !== undefined) fastestAnswers.answered(deployment, transport, answeredAfterMs);
      timing.ended();
      const usage = reported ?? estimate(outcome);
      modelLimits.settle(
        deployment.model,
        tokens,
        usage === undefined ? 0 : usage.promptTokens + usage.completionTokens,
      );
      ended = {
        deployment,
        transport,
        outcome,
        status: status === 0 ? headersStatus : status,
        startMs,
        durationMs,
        firstContentMs: transport === "stream" ? contentAfterMs : undefined,
        usage,
        costNanoUsd: usage === undefined ? 0n : costNanoUsd(usage, prices),
        costProvenance: usage?.provenance ?? (mayHaveBilled(outcome) ? "estimated" : "reported"),
        traceContext,
      };
      onEnd(ended);
      return ended;
    },
  };
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
