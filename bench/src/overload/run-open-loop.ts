import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { createAnswerCheck } from "../load/answer-check.js";
import { openHttp1 } from "../load/http1-transport.js";
import { openHttp2 } from "../load/http2-transport.js";
import type { AnswerEnd } from "../load/transport.js";
import type { OpenLoopJob, OpenLoopOutcome } from "./open-loop-job.js";

/** More than are ever under way, so that no call waits for a connection. */
const maxConnections = 8_000;

/** Makes the calls of a job and says what became of each. Rejects only where the job itself cannot run. */
export async function runOpenLoop(job: OpenLoopJob): Promise<OpenLoopOutcome> {
  const headers = { ...job.headers, ...timeoutHeader(job) };
  const shape = { ...job, headers, calls: 0, concurrency: maxConnections };
  const transport = await (job.transport === "http1" ? openHttp1(shape) : openHttp2(shape));
  const refusedMs: number[] = [];
  const answeredMs: number[] = [];
  const others: Record<string, number> = {};
  let late = 0;
  let calls = 0;

  const callOnce = async () => {
    const check = createAnswerCheck(job.answer, job.expectedText);
    const startedAt = performance.now();
    let problem: string | undefined;
    let isRefused = false;
    try {
      const end = await transport.call(check.data);
      problem = check.problem(end);
      isRefused = problem !== undefined && isRefusal(end);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    const tookMs = performance.now() - startedAt;
    if (startedAt < countedFrom) return;
    calls += 1;
    if (isRefused) refusedMs.push(tookMs);
    else if (problem !== undefined) others[problem] = (others[problem] ?? 0) + 1;
    else if (tookMs > job.inTimeMs) late += 1;
    else answeredMs.push(tookMs);
  };

  const loopDelay = monitorEventLoopDelay({ resolution: 1 });
  loopDelay.enable();
  const running: Promise<void>[] = [];
  const startedAt = performance.now();
  const countedFrom = startedAt + job.warmUpSeconds * 1_000;
  const endsAt = countedFrom + job.seconds * 1_000;
  for (let dueAt = startedAt; dueAt < endsAt; ) {
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await delay(waitMs);
    running.push(callOnce());
    dueAt += (-Math.log(1 - Math.random()) * 1_000) / job.callsPerSecond;
  }
  await Promise.all(running);
  const seconds = (performance.now() - startedAt) / 1_000;
  loopDelay.disable();
  await transport.close();
  return {
    calls,
    seconds,
    answered: answeredMs.length,
    late,
    refusedMs,
    answeredMs,
    others,
    generatorDelayMs: { p99: loopDelay.percentile(99) / 1e6, max: loopDelay.max / 1e6 },
  };
}

/** `unavailable` with a delay to wait, in either protocol. */
function isRefusal({ status, grpcStatus, retryAfter }: AnswerEnd): boolean {
  return (status === 503 || grpcStatus === "14") && Number(retryAfter) >= 1;
}

function timeoutHeader({ answer, inTimeMs }: OpenLoopJob): Readonly<Record<string, string>> {
  return answer === "grpc" ? { "grpc-timeout": `${inTimeMs}m` } : { "connect-timeout-ms": String(inTimeMs) };
}
