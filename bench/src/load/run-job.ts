import { setTimeout as delay } from "node:timers/promises";
import { createAnswerCheck } from "./answer-check.js";
import { openHttp1 } from "./http1-transport.js";
import { openHttp2 } from "./http2-transport.js";
import type { LoadJob, LoadOutcome } from "./load-job.js";

/** Makes the calls of a job and checks every answer. Rejects only where the job itself cannot run. */
export async function runJob(job: LoadJob): Promise<LoadOutcome> {
  const transport = await (job.transport === "http1" ? openHttp1(job) : openHttp2(job));
  const latenciesMs: number[] = [];
  let wrong = 0;
  let firstProblem: string | null = null;

  const callOnce = async () => {
    const check = createAnswerCheck(job.answer, job.expectedText);
    const startedAt = performance.now();
    const problem = await transport
      .call(check.data)
      .then(check.problem, (error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (problem === undefined) {
      latenciesMs.push(performance.now() - startedAt);
      return;
    }
    wrong += 1;
    firstProblem ??= problem;
  };

  const startedAt = performance.now();
  await (job.callsPerSecond === null ? closedLoop(job, callOnce) : fixedRate(job, job.callsPerSecond, callOnce));
  const seconds = (performance.now() - startedAt) / 1_000;
  await transport.close();
  return { right: latenciesMs.length, wrong, firstProblem, seconds, latenciesMs };
}

async function closedLoop(job: LoadJob, callOnce: () => Promise<void>): Promise<void> {
  let left = job.calls;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      await callOnce();
    }
  };
  await Promise.all(Array.from({ length: Math.min(job.concurrency, job.calls) }, caller));
}

async function fixedRate(job: LoadJob, callsPerSecond: number, callOnce: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  const running: Promise<void>[] = [];
  for (let call = 0; call < job.calls; call += 1) {
    const waitMs = startedAt + (call * 1_000) / callsPerSecond - performance.now();
    if (waitMs > 0) await delay(waitMs);
    running.push(callOnce());
  }
  await Promise.all(running);
}
