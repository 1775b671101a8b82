import {
  type Attempt,
  CallEnded,
  type CallerFailure,
  type Deployment,
  delay,
  type Model,
  type Transport,
  UpstreamError,
  type UpstreamFailure,
  type Usage,
} from "@meridian/core";
import { backoffMs } from "./backoff.js";
import { CallError, mostTelling } from "./call-error.js";
import type { CallJob, DispatchDependencies } from "./call-job.js";
import { nextStep, nextTransport } from "./next-step.js";
import { createRouteWalk } from "./route-walk.js";
import { beginAttempt, type RunningAttempt, statusOf } from "./running-attempt.js";

/** How an attempt failed: a failure of the relay, or the end of the call around it. */
export type AttemptFailure = UpstreamFailure | CallEnded["failure"];

/** The attempts of one call, one after the other. Unary calls and streams go through the same one. */
export interface AttemptLoop {
  /** Every attempt that has ended, in order. */
  readonly attempts: readonly Attempt[];
  /**
   * Runs attempts until `start` succeeds on one, which is then still running. Throws a `CallError` when the table, the
   * deadline or the limit of attempts says that none is left.
   */
  run<Started>(start: (attempt: RunningAttempt) => Promise<Started>): Promise<Started>;
  /** Ends a running attempt that failed. Gives the failure; throws the error where it is a fault of our own. */
  fail(attempt: RunningAttempt, error: unknown, usage: Usage | undefined): AttemptFailure;
  /** After a failure: waits or moves on, as the table says, so that `run` may be called. Throws a `CallError`. */
  advance(failure: AttemptFailure): Promise<void>;
}

/** Creates the loop over the candidates of the job's plan. */
export function createAttemptLoop(
  job: CallJob,
  dependencies: DispatchDependencies,
  firstTransport: Transport,
): AttemptLoop {
  const { plan, deadline } = job;
  const { policy, random, clock, health, modelLimits, retryBudget, fastestAnswers } = dependencies;
  const { retry } = policy;
  const attempts: Attempt[] = [];
  const failures: UpstreamFailure[] = [];
  let transport = firstTransport;
  retryBudget.call(plan.model);

  const limitedForMs = ({ model }: Deployment) => modelLimits.waitMs(model, tokensOf(job, model));
  const walk = createRouteWalk(plan.candidates, {
    keptOut(deployment) {
      const forMs = limitedForMs(deployment);
      return health.keptOut(deployment) ?? (forMs > 0 ? { reason: "rate_limited", forMs } : undefined);
    },
    hasTimeFor: (candidate) => deadline.remainingMs() > fastestAnswers.leastMs(candidate, transport),
    permit: (deployment) => limitedForMs(deployment) === 0 && health.permit(deployment),
  });

  const fail = (failure: UpstreamFailure | CallerFailure, cause?: unknown) =>
    new CallError(failure, attempts, cause === undefined ? undefined : { cause });

  /** The error of a call that nobody is left to ask for. */
  const exhausted = (): CallError => {
    // The timer that says so may be a moment late.
    if (deadline.remainingMs() <= 0) return fail({ kind: "deadline_exceeded" });
    const failure = mostTelling(failures);
    if (failure !== undefined) return fail(failure);
    if (plan.candidates.length === 0)
      return fail({ kind: "no_candidate", excluded: plan.excluded.map(({ reason }) => reason) });
    const obstacle = walk.whatIsFirstToPass();
    if (obstacle === undefined) return fail({ kind: "deadline_exceeded" });
    const { reason, forMs: retryAfterMs } = obstacle;
    return reason === "rate_limited"
      ? fail({ kind: "rate_limited", status: 0, retryAfterMs })
      : fail({ kind: "circuit_open", retryAfterMs });
  };

  const pause = (delayMs: number) =>
    delay(clock, delayMs, deadline.signal).catch((error: unknown) => {
      const ended = endOf(error);
      throw ended === undefined ? error : fail(ended);
    });

  /** Begins an attempt on the first deployment that may be asked; undefined: none may. */
  const begin = (): RunningAttempt | undefined => {
    if (attempts.length >= retry.maxAttempts) throw exhausted();
    const deployment = walk.take();
    if (deployment === undefined) return undefined;
    const isLast = attempts.length + 1 >= retry.maxAttempts;
    const mayMoveOn = () => !isLast && walk.hasAnother();
    const tokens = tokensOf(job, deployment.model);
    return beginAttempt({ deployment, transport, tokens, mayMoveOn }, job, dependencies, (attempt) => {
      attempts.push(attempt);
      job.onAttempt?.(attempt);
    });
  };

  /** Where rate limits are all that keeps the call away, it waits for them as it would after a 429. */
  const beginLater = async (): Promise<RunningAttempt> => {
    for (let tries = 1; tries < retry.rateLimitedTries; tries += 1) {
      const obstacle = failures.length === 0 ? walk.whatIsFirstToPass() : undefined;
      if (obstacle?.reason !== "rate_limited" || obstacle.forMs > retry.backoff.maxMs) break;
      const delayMs = obstacle.forMs + backoffMs(tries, retry.backoff, random);
      if (delayMs >= deadline.remainingMs()) break;
      await pause(delayMs);
      walk.startAgain();
      const attempt = begin();
      if (attempt !== undefined) return attempt;
    }
    throw exhausted();
  };

  const advance = async (failure: AttemptFailure): Promise<void> => {
    if (!isUpstream(failure)) throw fail(failure);
    const failed = attempts.at(-1)?.deployment;
    const isFallback = failed !== undefined && failed.model.id !== attempts[0]?.deployment.model.id;
    const step = nextStep(failure, {
      triesOnCandidate: walk.tries,
      remainingMs: deadline.remainingMs() - (failed === undefined ? 0 : fastestAnswers.leastMs(failed, transport)),
      isFallback,
      policy: retry,
      random,
    });
    // That a fallback would not take the request says nothing of why the call fails.
    if (!isFallback || failure.kind !== "invalid_request") failures.push(failure);
    if (failure.kind === "credential_rejected" && failed !== undefined) walk.reject(failed.credential);
    if (failure.kind === "first_token_limit" && transport === "stream") walk.comeBackLast();
    transport = nextTransport(failure, transport);
    switch (step.step) {
      case "stop":
        throw fail(failure);
      case "retry":
        if (attempts.length >= retry.maxAttempts) throw exhausted();
        // Where this failure has opened the breaker, the walk passes the candidate over: no use in waiting for it.
        if (walk.isLeftAlone()) return;
        if (retryBudget.retry(plan.model)) return pause(step.delayMs);
        walk.moveOn({ largerWindow: false });
        return;
      case "other-credential":
        // The walk takes the next key of this candidate, or the next candidate where it has none left.
        return;
      case "next":
        walk.moveOn(step);
    }
  };

  const failAttempt = (attempt: RunningAttempt, error: unknown, usage: Usage | undefined): AttemptFailure => {
    // What aborted the attempt says more than the error that the abort caused.
    const { signal } = attempt.limits;
    const cause: unknown = signal.aborted ? signal.reason : error;
    const failure = cause instanceof UpstreamError ? cause.failure : endOf(cause);
    if (failure === undefined) {
      attempt.end({ outcome: "internal", status: 0, usage });
      throw cause;
    }
    const retryAfterMs = failure.kind === "rate_limited" ? failure.retryAfterMs : undefined;
    attempt.end({ outcome: failure.kind, status: isUpstream(failure) ? statusOf(failure) : 0, usage, retryAfterMs });
    return failure;
  };

  return {
    attempts,
    fail: failAttempt,
    advance,
    async run(start) {
      for (;;) {
        const ended = endOf(job.deadline.signal.reason);
        if (job.deadline.signal.aborted && ended !== undefined) throw fail(ended);
        const attempt = begin() ?? (await beginLater());
        try {
          return await start(attempt);
        } catch (error) {
          await advance(failAttempt(attempt, error, undefined));
        }
      }
    },
  };
}

/** What an answer of the largest size allowed would count against a limit of tokens; 0 where the model has none. */
function tokensOf({ call, plan }: CallJob, { tokensPerMinute }: Model): number {
  if (tokensPerMinute === undefined) return 0;
  // A token is taken for four UTF-16 units: what was really used is put right at the end.
  const promptTokens = Math.ceil(call.texts.reduce((units, text) => units + text.length, 0) / 4);
  return promptTokens + plan.maxTokens * call.choices;
}

function endOf(reason: unknown): CallEnded["failure"] | undefined {
  return reason instanceof CallEnded ? reason.failure : undefined;
}

function isUpstream(failure: AttemptFailure): failure is UpstreamFailure {
  return failure.kind !== "canceled" && failure.kind !== "deadline_exceeded" && failure.kind !== "shutting_down";
}
