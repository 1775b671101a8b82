import {
  type Attempt,
  CallEnded,
  type CallerFailure,
  type Candidate,
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
import type { KeptOut } from "./deployment-health.js";
import { nextStep, nextTransport } from "./next-step.js";
import { createRouteWalk, type RouteWalk, type WalkGuard } from "./route-walk.js";
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
  return new PlannedAttempts(job, dependencies, firstTransport);
}

/** A class: each call under way has one, for as long as it goes on. */
class PlannedAttempts implements AttemptLoop, WalkGuard {
  readonly attempts: Attempt[] = [];
  readonly #job: CallJob;
  readonly #dependencies: DispatchDependencies;
  readonly #walk: RouteWalk;
  readonly #failures: UpstreamFailure[] = [];
  #transport: Transport;

  constructor(job: CallJob, dependencies: DispatchDependencies, firstTransport: Transport) {
    this.#job = job;
    this.#dependencies = dependencies;
    this.#transport = firstTransport;
    dependencies.retryBudget.call(job.plan.model);
    this.#walk = createRouteWalk(job.plan.candidates, this);
  }

  async run<Started>(start: (attempt: RunningAttempt) => Promise<Started>): Promise<Started> {
    const { signal } = this.#job.deadline;
    for (;;) {
      const ended = endOf(signal.reason);
      if (signal.aborted && ended !== undefined) throw this.#error(ended);
      const attempt = this.#begin() ?? (await this.#beginLater());
      try {
        return await start(attempt);
      } catch (error) {
        await this.advance(this.fail(attempt, error, undefined));
      }
    }
  }

  fail(attempt: RunningAttempt, error: unknown, usage: Usage | undefined): AttemptFailure {
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
  }

  async advance(failure: AttemptFailure): Promise<void> {
    if (!isUpstream(failure)) throw this.#error(failure);
    const { policy, random, retryBudget, fastestAnswers } = this.#dependencies;
    const { plan, deadline } = this.#job;
    const { retry } = policy;
    const walk = this.#walk;
    const failed = this.attempts.at(-1)?.deployment;
    const isFallback = failed !== undefined && failed.model.id !== this.attempts[0]?.deployment.model.id;
    const neededMs = failed === undefined ? 0 : fastestAnswers.leastMs(failed, this.#transport);
    const step = nextStep(failure, {
      triesOnCandidate: walk.tries,
      remainingMs: deadline.remainingMs() - neededMs,
      isFallback,
      policy: retry,
      random,
    });
    // That a fallback would not take the request says nothing of why the call fails.
    if (!isFallback || failure.kind !== "invalid_request") this.#failures.push(failure);
    if (failure.kind === "credential_rejected" && failed !== undefined) walk.reject(failed.credential);
    if (failure.kind === "first_token_limit" && this.#transport === "stream") walk.comeBackLast();
    this.#transport = nextTransport(failure, this.#transport);
    switch (step.step) {
      case "stop":
        throw this.#error(failure);
      case "retry":
        if (this.attempts.length >= retry.maxAttempts) throw this.#exhausted();
        // Where this failure has opened the breaker, the walk passes the candidate over: no use in waiting for it.
        if (walk.isLeftAlone()) return;
        if (retryBudget.retry(plan.model)) return this.#pause(step.delayMs);
        walk.moveOn({ largerWindow: false });
        return;
      case "other-credential":
        // The walk takes the next key of this candidate, or the next candidate where it has none left.
        return;
      case "next":
        walk.moveOn(step);
    }
  }

  keptOut(deployment: Deployment): KeptOut | undefined {
    const forMs = this.#limitedForMs(deployment);
    return this.#dependencies.health.keptOut(deployment) ?? (forMs > 0 ? { reason: "rate_limited", forMs } : undefined);
  }

  hasTimeFor(candidate: Candidate): boolean {
    return this.#job.deadline.remainingMs() > this.#dependencies.fastestAnswers.leastMs(candidate, this.#transport);
  }

  permit(deployment: Deployment): boolean {
    return this.#limitedForMs(deployment) === 0 && this.#dependencies.health.permit(deployment);
  }

  #limitedForMs({ model }: Deployment): number {
    return this.#dependencies.modelLimits.waitMs(model, tokensOf(this.#job, model));
  }

  /** Begins an attempt on the first deployment that may be asked; undefined: none may. */
  #begin(): RunningAttempt | undefined {
    const { maxAttempts } = this.#dependencies.policy.retry;
    if (this.attempts.length >= maxAttempts) throw this.#exhausted();
    const deployment = this.#walk.take();
    if (deployment === undefined) return undefined;
    const isLast = this.attempts.length + 1 >= maxAttempts;
    const mayMoveOn = () => !isLast && this.#walk.hasAnother();
    const tokens = tokensOf(this.#job, deployment.model);
    const start = { deployment, transport: this.#transport, tokens, mayMoveOn };
    return beginAttempt(start, this.#job, this.#dependencies, (attempt) => {
      this.attempts.push(attempt);
      this.#job.onAttempt?.(attempt);
    });
  }

  /** Where rate limits are all that keeps the call away, it waits for them as it would after a 429. */
  async #beginLater(): Promise<RunningAttempt> {
    const { policy, random } = this.#dependencies;
    const { rateLimitedTries, backoff } = policy.retry;
    for (let tries = 1; tries < rateLimitedTries; tries += 1) {
      const obstacle = this.#failures.length === 0 ? this.#walk.whatIsFirstToPass() : undefined;
      if (obstacle?.reason !== "rate_limited" || obstacle.forMs > backoff.maxMs) break;
      const delayMs = obstacle.forMs + backoffMs(tries, backoff, random);
      if (delayMs >= this.#job.deadline.remainingMs()) break;
      await this.#pause(delayMs);
      this.#walk.startAgain();
      const attempt = this.#begin();
      if (attempt !== undefined) return attempt;
    }
    throw this.#exhausted();
  }

  #pause(delayMs: number): Promise<void> {
    return delay(this.#dependencies.clock, delayMs, this.#job.deadline.signal).catch((error: unknown) => {
      const ended = endOf(error);
      throw ended === undefined ? error : this.#error(ended);
    });
  }

  #error(failure: UpstreamFailure | CallerFailure): CallError {
    return new CallError(failure, this.attempts);
  }

  /** The error of a call that nobody is left to ask for. */
  #exhausted(): CallError {
    const { plan, deadline } = this.#job;
    // The timer that says so may be a moment late.
    if (deadline.remainingMs() <= 0) return this.#error({ kind: "deadline_exceeded" });
    const failure = mostTelling(this.#failures);
    if (failure !== undefined) return this.#error(failure);
    if (plan.candidates.length === 0)
      return this.#error({ kind: "no_candidate", excluded: plan.excluded.map(({ reason }) => reason) });
    const obstacle = this.#walk.whatIsFirstToPass();
    if (obstacle === undefined) return this.#error({ kind: "deadline_exceeded" });
    const { reason, forMs: retryAfterMs } = obstacle;
    return reason === "rate_limited"
      ? this.#error({ kind: "rate_limited", status: 0, retryAfterMs })
      : this.#error({ kind: "circuit_open", retryAfterMs });
  }
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
