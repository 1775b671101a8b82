import type { AnswerIdentity, Attempt, AttemptOutcome, Deployment, Usage } from "@meridian/core";
import { type AttemptFailure, type AttemptLoop, createAttemptLoop } from "./attempt-loop.js";
import { CallError } from "./call-error.js";
import type { CallJob, DispatchDependencies } from "./call-job.js";
import type { AnswerPiece, ChoiceEnd } from "./delta-reader.js";
import { type OpenedStream, openStream } from "./open-stream.js";

/** What a streamed call says, in order: one start, pieces, one end; a restart voids the pieces before it. */
export type CallEvent =
  | AnswerPiece
  | {
      readonly type: "stream-start";
      readonly identity: AnswerIdentity;
      readonly deployment: Deployment;
      /** Those that have ended so far. The list is the call's own: who leaves the stream finds the last one there. */
      readonly attempts: readonly Attempt[];
    }
  | {
      readonly type: "stream-restart";
      /** How the attempt failed whose deltas are void. */
      readonly reason: AttemptOutcome;
      readonly identity: AnswerIdentity;
      readonly deployment: Deployment;
      readonly attempts: readonly Attempt[];
    }
  | {
      readonly type: "stream-end";
      readonly ends: readonly ChoiceEnd[];
      readonly usage: Usage | undefined;
      readonly deployment: Deployment;
      readonly attempts: readonly Attempt[];
    };

/**
 * Carries out a streamed call. The events that came together come in one batch, which is never empty. The relay is read only
 * as fast as the caller takes them. Leaving the iteration closes the relay's socket.
 *
 * Before the commit point (the first content) every failure goes to the next attempt unseen. After it, what happens is
 * the caller's choice of `routing.commit`; two answers are never glued together.
 *
 * @throws CallError when no attempt answers whole, or the caller's deadline or patience ends
 */
export async function* executeStream(
  job: CallJob,
  dependencies: DispatchDependencies,
): AsyncGenerator<readonly CallEvent[], void, undefined> {
  const { relay, policy } = dependencies;
  const { commit } = job.call.routing;
  const source = { relay, limits: policy.limits, commit, choices: job.call.choices };
  const loop = createAttemptLoop(job, dependencies, "stream");
  const callEnd = job.deadline.signal;
  let voided: AttemptFailure | undefined;
  for (;;) {
    const opened = await loop.run((attempt) => openStream(attempt, source));
    const { attempt, reader, head } = opened;
    // A consumer that has stopped taking events may never come back, and then nobody else ends the attempt.
    const onCallEnd = () => loop.fail(attempt, callEnd.reason, reader.usage);
    callEnd.addEventListener("abort", onCallEnd);
    try {
      // Taken out one by one: what was told is not held for as long as the stream goes on.
      yield [opening(opened, voided, loop)].concat(head.shift() ?? []);
      for (let batch = head.shift(); batch !== undefined; batch = head.shift()) yield batch;
      for (let batch = await reader.next(); batch !== undefined; batch = await reader.next()) yield batch;
      const { usage } = attempt.end({ outcome: "ok", status: 200, usage: reader.usage });
      const { deployment } = attempt;
      yield [{ type: "stream-end", ends: reader.ends, usage, deployment, attempts: loop.attempts }];
      return;
    } catch (error) {
      voided = loop.fail(attempt, error, reader.usage);
      if (commit !== "restart") throw new CallError(voided, loop.attempts, { cause: error });
      await loop.advance(voided);
    } finally {
      callEnd.removeEventListener("abort", onCallEnd);
      // Where the consumer has left in the middle. After any other end this changes nothing.
      attempt.end({ outcome: "canceled", status: 200, usage: reader.usage });
      await reader.close();
    }
  }
}

function opening({ attempt, reader }: OpenedStream, voided: AttemptFailure | undefined, loop: AttemptLoop): CallEvent {
  const { deployment } = attempt;
  const { identity } = reader;
  const { attempts } = loop;
  return voided === undefined
    ? { type: "stream-start", identity, deployment, attempts }
    : { type: "stream-restart", reason: voided.kind, identity, deployment, attempts };
}
