import { answerText, fixtureSha256 } from "../fixture.js";
import type { LoadJob, LoadOutcome } from "../load/load-job.js";
import { type CorePlan, parseCoreList, planCores } from "../measure/cores.js";
import { describeMachine, type Machine } from "../measure/machine.js";
import { readCpuMs } from "../measure/process-cpu.js";
import { quantile } from "../measure/spread.js";
import { readStolenMs } from "../measure/stolen-time.js";
import type { RelayOrder, RelayState } from "../relay/relay-order.js";
import { startProcess } from "../start-process.js";
import { meridianSubject } from "../subjects/meridian.js";
import { type CallForm, callShape } from "../subjects/subject.js";
import { ask } from "../worker-link.js";
import { type ProbeOutcome, startProbe } from "./health-probe.js";
import type { OpenLoopJob, OpenLoopOutcome } from "./open-loop-job.js";

/** How much to measure. */
export interface OverloadPlan {
  readonly forms: readonly CallForm[];
  /** Loads, as multiples of the capacity that was found. */
  readonly loads: readonly number[];
  /** Of each load. */
  readonly seconds: number;
  /** Of each load before, not counted. */
  readonly warmUpSeconds: number;
  readonly inTimeMs: number;
  readonly onProgress: (line: string) => void;
}

/** What one load came to. */
export interface OverloadSample {
  readonly form: CallForm;
  /** As a multiple of the capacity; 0 for the closed loop that found it. */
  readonly load: number;
  readonly callsPerSecond: number;
  readonly calls: number;
  /** Right answers in time. */
  readonly answered: number;
  /** The same in a second. */
  readonly goodput: number;
  readonly late: number;
  readonly refused: number;
  readonly refusedMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  readonly answeredMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  readonly others: OpenLoopOutcome["others"];
  readonly generatorDelayMs: OpenLoopOutcome["generatorDelayMs"];
  /** What the proxy used of one core: less than 1 under full load where others worked on the machine. */
  readonly cpuShare: number;
  /** What other machines of the same host took of that core; undefined where the proxy has none of its own. */
  readonly stolenShare: number | undefined;
  /** Answers in time for each second of the proxy's CPU: what refusing takes away shows here whatever others do. */
  readonly answeredPerCpuSecond: number;
  /** What `/health` was like meanwhile. */
  readonly probe: ProbeOutcome;
}

/** Everything that was measured. */
export interface OverloadResults {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly fixtureSha256: string;
  readonly cores: CorePlan | null;
  readonly inTimeMs: number;
  readonly capacity: Readonly<Partial<Record<CallForm, number>>>;
  readonly samples: readonly OverloadSample[];
}

/** Callers of the closed loop that finds the capacity: enough to keep one process busy. */
const closedLoopCallers = 64;

/**
 * Finds what one process answers in a second, and then offers it shares and multiples of that, with arrivals by the clock.
 * The relay answers at once, so that CPU is all that a call waits for.
 */
export async function runOverload(plan: OverloadPlan): Promise<OverloadResults> {
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const cores = planCores();
  const subjectCores = cores === undefined ? [] : parseCoreList(cores.subject);
  const stops: (() => Promise<void>)[] = [];
  try {
    const worker = async (script: string, ready: RegExp) => {
      const started = await startProcess({
        script: new URL(script, import.meta.url),
        ready,
        cores: cores?.rest,
        // Its own pauses are measured as if they were the proxy's.
        nodeOptions: ["--max-semi-space-size=4"],
      });
      stops.push(started.stop);
      return started;
    };
    const relay = await worker("../../dist/relay/main.js", /^ready (\S+)$/);
    const closedLoop = await worker("../../dist/load/main.js", /^ready$/);
    const openLoop = await worker("../../dist/overload/load.js", /^ready$/);
    await ask<RelayState>(relay.child, { pace: { chunks: 1, chunksPerSecond: null } } satisfies RelayOrder);
    const running = await meridianSubject.start({ relayOrigin: relay.ready[1] ?? "", cores: cores?.subject });
    stops.push(running.stop);
    const pid = running.pid ?? 0;

    const capacity: Partial<Record<CallForm, number>> = {};
    const samples: OverloadSample[] = [];
    for (const form of plan.forms) {
      const call = meridianSubject.calls[form];
      if (call === undefined) throw new Error(`no calls of the form ${form}`);
      const shape = callShape(call, 50);
      const target = { ...shape, origin: running.origins[shape.transport], expectedText: answerText };
      const findCapacity = async (calls: number) => {
        const job: LoadJob = { ...target, calls, concurrency: closedLoopCallers, callsPerSecond: null };
        const { right, firstProblem, seconds } = await ask<LoadOutcome>(closedLoop.child, job);
        if (firstProblem !== null) throw new Error(`${form}: ${firstProblem}`);
        return right / seconds;
      };
      plan.onProgress(`${form}: warming up`);
      const first = await findCapacity(500);
      const second = await findCapacity(Math.ceil(first * plan.seconds));
      const found = Math.max(second, await findCapacity(Math.ceil(second * plan.seconds)));
      capacity[form] = found;
      plan.onProgress(`${form}: ${Math.round(found)} calls a second`);

      for (const load of plan.loads) {
        const probe = startProbe(target.origin);
        const cpuBeforeMs = readCpuMs(pid);
        const stolenBeforeMs = readStolenMs(subjectCores);
        const job: OpenLoopJob = {
          ...target,
          callsPerSecond: found * load,
          seconds: plan.seconds,
          warmUpSeconds: plan.warmUpSeconds,
          inTimeMs: plan.inTimeMs,
        };
        const outcome = await ask<OpenLoopOutcome>(openLoop.child, job);
        // Of the warm-up as of the rest: what counts is their share of the time.
        const countedShare = plan.seconds / (plan.seconds + plan.warmUpSeconds);
        const cpuMs = readCpuMs(pid) - cpuBeforeMs;
        const stolenMs = readStolenMs(subjectCores) - stolenBeforeMs;
        const sample: OverloadSample = {
          form,
          load,
          callsPerSecond: outcome.calls / plan.seconds,
          calls: outcome.calls,
          answered: outcome.answered,
          goodput: outcome.answered / plan.seconds,
          late: outcome.late,
          refused: outcome.refusedMs.length,
          refusedMs: quantiles(outcome.refusedMs),
          answeredMs: quantiles(outcome.answeredMs),
          others: outcome.others,
          generatorDelayMs: outcome.generatorDelayMs,
          cpuShare: cpuMs / (outcome.seconds * 1_000),
          stolenShare: subjectCores.length === 0 ? undefined : stolenMs / (outcome.seconds * 1_000),
          answeredPerCpuSecond: (outcome.answered * 1_000) / (cpuMs * countedShare),
          probe: await probe.stop(),
        };
        samples.push(sample);
        plan.onProgress(
          `${form} at ${load}: ${Math.round(sample.goodput)} a second in time, ${sample.refused} refused`,
        );
      }
    }
    return {
      startedAt,
      machine,
      fixtureSha256: fixtureSha256(),
      cores: cores ?? null,
      inTimeMs: plan.inTimeMs,
      capacity,
      samples,
    };
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

function quantiles(values: readonly number[]): OverloadSample["refusedMs"] {
  if (values.length === 0) return null;
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99), max: quantile(values, 1) };
}
