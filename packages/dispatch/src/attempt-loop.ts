import {
  type Attempt,
  CallEnded,
  type CallerFailure,
  type Candidate,
  type Credential,
  type Deployment,
  delay,
  deploymentId,
  type Transport,
  UpstreamError,
  type UpstreamFailure,
  type Usage,
} from "@meridian/core";
import { CallError, mostTelling } from "./call-error.js";
import type { CallJob, DispatchDependencies } from "./call-job.js";
import { nextStep, nextTransport } from "./next-step.js";
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
  const { candidates } = job.plan;
  const { health, policy, random, clock } = dependencies;
  const attempts: Attempt[] = [];
  const failures: UpstreamFailure[] = [];
  const rejectedCredentials = new Set<Credential>();
  let position = 0;
  let tries = 0;
  /** Where the attempt before gave no first token. */
  let silentPosition: number | undefined;
  /** A smaller context window has turned out to be too small. */
  let minimumWindowTokens = 0;
  let transport = firstTransport;

  const fail = (failure: UpstreamFailure | CallerFailure, cause?: unknown) =>
    new CallError(failure, attempts, cause === undefined ? undefined : { cause });

  const exhausted = (): CallError => {
    const failure = mostTelling(failures);
    if (failure !== undefined) return fail(failure);
    if (candidates.length === 0)
      return fail({ kind: "no_candidate", excluded: job.plan.excluded.map(({ reason }) => reason) });
    const waits = candidates.flatMap(({ endpoint, model, credentials }) =>
      credentials.map((credential) => health.retryAfterMs(deploymentId(endpoint, model, credential))),
    );
    return fail({ kind: "circuit_open", retryAfterMs: Math.min(...waits) });
  };

  const moveTo = (index: number) => {
    position = index;
    tries = 0;
  };

  /** The credential to ask a candidate with: one that no attempt of this call has seen rejected, if there is one. */
  const permittedCredential = ({ endpoint, model, credentials }: Candidate): Credential | undefined => {
    const fresh = credentials.filter((credential) => !rejectedCredentials.has(credential));
    const usable = fresh.length > 0 ? fresh : tries === 0 ? credentials : [];
    return usable.find((credential) => health.permit(deploymentId(endpoint, model, credential)));
  };

  /** The first deployment from `position` on that may be asked, with its permit. */
  const nextDeployment = (): Deployment | undefined => {
    for (; position < candidates.length; moveTo(position + 1)) {
      const candidate = candidates[position];
      if (candidate === undefined || candidate.model.contextWindowTokens < minimumWindowTokens) continue;
      const credential = permittedCredential(candidate);
      if (credential !== undefined) return { endpoint: candidate.endpoint, model: candidate.model, credential };
    }
    return undefined;
  };

  const begin = (): RunningAttempt => {
    if (attempts.length >= policy.retry.maxAttempts) throw exhausted();
    let deployment = nextDeployment();
    if (deployment === undefined && silentPosition !== undefined) {
      // Nobody else may be asked, and the candidate whose stream gave no token may still answer whole.
      moveTo(silentPosition);
      deployment = nextDeployment();
    }
    if (deployment === undefined) throw exhausted();
    silentPosition = undefined;
    tries += 1;
    return beginAttempt(deployment, transport, job, dependencies, (attempt) => attempts.push(attempt));
  };

  const isLeftAlone = ({ endpoint, model, credentials }: Candidate) =>
    credentials.every((credential) => health.state(deploymentId(endpoint, model, credential)) === "open");

  const advance = async (failure: AttemptFailure): Promise<void> => {
    if (!isUpstream(failure)) throw fail(failure);
    failures.push(failure);
    if (failure.kind === "credential_rejected") {
      const used = attempts.at(-1)?.deployment.credential;
      if (used !== undefined) rejectedCredentials.add(used);
    }
    const remainingMs = job.deadline.remainingMs();
    const step = nextStep(failure, { triesOnCandidate: tries, remainingMs, policy: policy.retry, random });
    const current = candidates[position];
    if (failure.kind === "first_token_limit" && transport === "stream") silentPosition = position;
    transport = nextTransport(failure, transport);
    switch (step.step) {
      case "stop":
        throw fail(failure);
      case "retry":
        if (attempts.length >= policy.retry.maxAttempts) throw exhausted();
        // Where this failure has opened the breaker, `begin` passes the candidate over: no use in waiting for it.
        if (current !== undefined && isLeftAlone(current)) return;
        await delay(clock, step.delayMs, job.deadline.signal).catch((reason: unknown) => {
          throw fail(endOf(reason) ?? failure);
        });
        return;
      case "other-credential":
        // `begin` takes the next credential of this candidate, or the next candidate where it has none left.
        return;
      case "next":
        if (step.largerWindow) minimumWindowTokens = (current?.model.contextWindowTokens ?? 0) + 1;
        moveTo(position + 1);
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
    attempt.end({ outcome: failure.kind, status: isUpstream(failure) ? statusOf(failure) : 0, usage });
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
        const attempt = begin();
        try {
          return await start(attempt);
        } catch (error) {
          await advance(failAttempt(attempt, error, undefined));
        }
      }
    },
  };
}

function endOf(reason: unknown): CallEnded["failure"] | undefined {
  return reason instanceof CallEnded ? reason.failure : undefined;
}

function isUpstream(failure: AttemptFailure): failure is UpstreamFailure {
  return failure.kind !== "canceled" && failure.kind !== "deadline_exceeded" && failure.kind !== "shutting_down";
}
