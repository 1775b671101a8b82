import type { Answer, Attempt, Deployment, Usage } from "@meridian/core";
import { createAttemptLoop } from "./attempt-loop.js";
import type { CallJob, DispatchDependencies } from "./call-job.js";

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
 * @throws CallError when none does, or the caller's deadline or patience ends
 */
export async function executeCall(job: CallJob, dependencies: DispatchDependencies): Promise<CompletedCall> {
  const loop = createAttemptLoop(job, dependencies, "unary");
  return loop.run(async (attempt) => {
    const answer = await dependencies.relay.complete(attempt.request, attempt.limits.signal);
    if (answer.usage === undefined) for (const text of textsOf(answer)) attempt.meter.add(text);
    const { usage } = attempt.end({ outcome: "ok", status: 200, usage: answer.usage });
    return { answer, usage, deployment: attempt.deployment, attempts: loop.attempts };
  });
}

function* textsOf({ choices }: Answer): Generator<string> {
  for (const { content, reasoning, refusal, toolCalls } of choices) {
    for (const text of [content, reasoning, refusal]) if (text !== undefined) yield text;
    for (const toolCall of toolCalls) yield toolCall.name + toolCall.arguments;
  }
}
