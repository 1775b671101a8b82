import {
  type Attempt,
  type AttemptOutcome,
  costNanoUsd,
  type Deployment,
  deploymentId,
  type RelayRequest,
  type Transport,
  type UpstreamFailure,
  type Usage,
} from "@meridian/core";
import { type AttemptSignal, createAttemptSignal } from "./attempt-signal.js";
import type { CallJob, DispatchDependencies } from "./call-job.js";
import { createTextMeter, type TextMeter } from "./text-meter.js";

/** How an attempt ended, as far as it is not known from its start. */
export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  /** The relay's HTTP status; 0: that of the headers, if any came. */
  readonly status: number;
  /** What the relay reported; undefined: nothing, and what the attempt's meter has seen is counted instead. */
  readonly usage: Usage | undefined;
}

/** An attempt under way. */
export interface RunningAttempt {
  readonly deployment: Deployment;
  readonly transport: Transport;
  readonly request: RelayRequest;
  readonly limits: AttemptSignal;
  /** Gets every piece of generated text. */
  readonly meter: TextMeter;
  /** The headers of a stream have come, with this HTTP status. */
  headersArrived(status: number): void;
  /** Milliseconds since it began. */
  elapsedMs(): number;
  /** Ends it: reports it, tells the deployment's health, frees what it holds. Only the first call counts. */
  end(end: AttemptEnd): Attempt;
}

/** Begins an attempt on a deployment that has given its permit. `onEnd` gets the report when it ends. */
export function beginAttempt(
  deployment: Deployment,
  transport: Transport,
  job: CallJob,
  dependencies: DispatchDependencies,
  onEnd: (attempt: Attempt) => void,
): RunningAttempt {
  const { clock, health, policy, countTokens } = dependencies;
  const { call, plan } = job;
  const beganAtMs = clock.now();
  const totalMs = transport === "unary" ? policy.limits.unaryMs : policy.limits.streamMs;
  const limits = createAttemptSignal(clock, job.deadline.signal, totalMs);
  const meter = createTextMeter(countTokens);
  let headersStatus = 0;
  let ended: Attempt | undefined;

  const estimate = (outcome: AttemptOutcome): Usage | undefined => {
    const completionTokens = meter.tokens();
    // A relay that failed before its first token has generated nothing that we know of.
    if (completionTokens === 0 && outcome !== "ok") return undefined;
    const promptTokens = countTokens(call.texts);
    return { promptTokens, completionTokens, cachedTokens: 0, reasoningTokens: 0, provenance: "estimated" };
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
    },
    limits,
    headersArrived(status) {
      headersStatus = status;
    },
    elapsedMs: () => clock.now() - beganAtMs,
    meter,
    end({ outcome, status, usage: reported }) {
      if (ended !== undefined) return ended;
      limits.release();
      health.record(deploymentId(deployment.endpoint, deployment.model, deployment.credential), outcome, beganAtMs);
      const usage = reported ?? estimate(outcome);
      ended = {
        deployment,
        transport,
        outcome,
        status: status === 0 ? headersStatus : status,
        startMs: beganAtMs - job.arrivedAtMs,
        durationMs: clock.now() - beganAtMs,
        usage,
        costNanoUsd: usage === undefined ? 0n : costNanoUsd(usage, deployment.model.prices),
        costProvenance: usage?.provenance ?? (mayHaveBilled(outcome) ? "estimated" : "reported"),
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
