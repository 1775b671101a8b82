import type { ChildProcess } from "node:child_process";
import { answerText, streamText } from "../fixture.js";
import type { LoadJob, LoadOutcome } from "../load/load-job.js";
import type { RelayOrder, RelayState } from "../relay/relay-order.js";
import { callShape, type RunningSubject, type Subject } from "../subjects/subject.js";
import { ask } from "../worker-link.js";
import type { Work } from "../works/work.js";
import type { InstructionCounter } from "./instructions.js";
import { readCpuMs } from "./process-cpu.js";
import type { Sample } from "./sample.js";
import { quantile } from "./spread.js";

/** A subject has given wrong answers. */
export class WrongAnswers extends Error {}

/** What a measurement uses. */
export interface Bench {
  readonly relay: ChildProcess;
  readonly load: ChildProcess;
  readonly instructions: InstructionCounter;
}

/** A subject that runs, and how to call it in the work's form. */
export interface Contestant {
  readonly subject: Subject;
  readonly running: RunningSubject;
}

/** Whether the work says anything about this subject. */
export function canMeasure(work: Work, { subject, running }: Contestant): boolean {
  return subject.calls[work.form] !== undefined && (work.measure === "latency" || running.pid !== undefined);
}

/**
 * Runs a work on a subject once. Rejects where an answer was wrong: there is no figure for that.
 *
 * @param scale the share of the work's calls or, for streams, of their chunks to do; 1 for all
 */
export async function measure(
  bench: Bench,
  work: Work,
  { subject, running }: Contestant,
  round: number,
  scale = 1,
): Promise<Sample> {
  const call = subject.calls[work.form];
  if (call === undefined) throw new Error(`${subject.name} has no ${work.form}`);
  const shape = callShape(call, work.prompt);
  const isStream = work.unit === "chunk";
  const share = scale * (subject.share ?? 1);
  const chunks = isStream ? Math.max(1, Math.round(work.chunks * share)) : work.chunks;
  const calls = isStream ? work.calls : Math.max(1, Math.round(work.calls * share));
  await ask<RelayState>(bench.relay, {
    pace: { chunks, chunksPerSecond: work.chunksPerSecond },
  } satisfies RelayOrder);
  const job: LoadJob = {
    ...shape,
    headers: { ...shape.headers, ...running.headers },
    origin: running.origins[shape.transport],
    expectedText: isStream ? streamText(chunks) : answerText,
    calls,
    concurrency: work.concurrency,
    callsPerSecond: work.callsPerSecond,
  };

  const { pid } = running;
  const isCounted = pid !== undefined && work.measure === "cpu";
  const count = isCounted && bench.instructions.available ? await bench.instructions.start(pid) : undefined;
  const cpuBeforeMs = isCounted ? readCpuMs(pid) : 0;
  const outcome = await ask<LoadOutcome>(bench.load, job);
  const cpuMs = isCounted ? readCpuMs(pid) - cpuBeforeMs : undefined;
  const instructions = await count?.stop();

  if (outcome.wrong > 0 || outcome.right !== calls)
    throw new WrongAnswers(
      `${work.name} on ${subject.name}: ${outcome.right} of ${calls} answers were right; the first problem: ${outcome.firstProblem}`,
    );
  const units = calls * chunks;
  return {
    round,
    work: work.name,
    subject: subject.name,
    answers: outcome.right,
    coreShare: cpuMs === undefined ? null : cpuMs / (outcome.seconds * 1_000),
    cpuMicroseconds: cpuMs === undefined ? null : (cpuMs * 1_000) / units,
    kiloInstructions: instructions === undefined ? null : instructions / 1_000 / units,
    unitsPerSecond: units / outcome.seconds,
    latencyMs: { p50: quantile(outcome.latenciesMs, 0.5), p99: quantile(outcome.latenciesMs, 0.99) },
  };
}
