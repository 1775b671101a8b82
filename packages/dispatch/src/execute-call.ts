import type { Answer, Attempt, Deployment, Usage } from "@meridian/core";
import { createAttemptLoop } from "./attempt-loop.js";
import type { CallJob, DispatchDependencies } from "./call-job.js";
import type { RunningAttempt } from "./running-attempt.js";

/** An answered call. */
export interface CompletedCall {
  readonly answer: Answer;
  readonly usage: Usage | undefined;
  readonly deployment: Deployment;
  /** Every attempt, in order; the last one answered. */
  readonly attempts: readonly Attempt[];
}

/**
 * Carries out a unary call: attempts, retries and fallbacks until one answers.
 *
 * @returns a promise that rejects with a CallError when none does, or the caller's deadline or patience ends
 */
export function executeCall(job: CallJob, dependencies: DispatchDependencies): Promise<CompletedCall> {
  const loop = createAttemptLoop(job, dependencies, "unary");
  return loop.run(async (attempt) => {
    const answer = await dependencies.relay.complete(attempt.request, attempt.limits.signal);
    if (answer.usage === undefined) measure(answer, attempt);
    const { usage } = attempt.end({ outcome: "ok", status: 200, usage: answer.usage });
    return { answer, usage, deployment: attempt.deployment, attempts: loop.attempts };
  });
}

function measure({ choices }: Answer, { meter, reasoningMeter }: RunningAttempt): void {
  for (const { content = "", reasoning = "", refusal = "", toolCalls } of choices) {
    meter.add(content);
    reasoningMeter.add(reasoning);
    meter.add(refusal);
    for (const toolCall of toolCalls) meter.add(toolCall.name + toolCall.arguments);
  }
}
