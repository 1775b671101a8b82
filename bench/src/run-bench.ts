import { fixtureSha256 } from "./fixture.js";
import { type IdleFigure, type IdlePlan, measureIdle } from "./idle/measure-idle.js";
import { planCores } from "./measure/cores.js";
import { createInstructionCounter } from "./measure/instructions.js";
import { describeMachine } from "./measure/machine.js";
import { type Contestant, canMeasure, measure, WrongAnswers } from "./measure/measure.js";
import { residentBytes } from "./measure/resident-bytes.js";
import type { Sample } from "./measure/sample.js";
import { spreadOf } from "./measure/spread.js";
import { measureStartUp, type StartUp } from "./measure/start-up.js";
import type { BenchResults } from "./report/bench-results.js";
import { summarize } from "./report/summarize.js";
import { startProcess } from "./start-process.js";
import type { Subject } from "./subjects/subject.js";
import { createWorks } from "./works/all-works.js";
import type { WorkSizes } from "./works/work.js";

/** What to compare, and how long. */
export interface BenchPlan {
  readonly subjects: readonly Subject[];
  readonly sizes: WorkSizes;
  /** Names of the works to run. Default: all of them. */
  readonly works?: readonly string[] | undefined;
  /** Rounds of everything; their medians are the result. */
  readonly rounds: number;
  /** The built artefact, to be started once a round. Default: none. */
  readonly artefact?: Subject | undefined;
  /** Whether every work is warmed up for before the first round. */
  readonly isWarm: boolean;
  /** Told of each step. */
  readonly onProgress: (line: string) => void;
}

/** What V8 compiled for one work it compiles anew once it has seen another: a program that has done all of them thrice is compiled. */
const warmUpRounds = 3;

/** Leaves a subject out of a work that it fails. Throws the error where nobody is left out for that. */
type LeaveOut = (subject: Subject, work: string, error: unknown) => void;

/**
 * Runs every work on every subject in turn, round after round, so that what else happens on the machine falls on all of
 * them. Subjects, relay and load are processes of their own. Rejects where a subject does not start, or an answer
 * of one of ours is wrong.
 */
export async function runBench(plan: BenchPlan): Promise<BenchResults> {
  const startedAt = new Date();
  const machine = describeMachine();
  const cores = planCores();
  const instructions = createInstructionCounter();
  const works = createWorks(plan.sizes).filter(({ name }) => plan.works?.includes(name) ?? true);
  const skipped = plan.subjects.flatMap(({ name, missing }) => {
    const reason = missing?.();
    return reason === undefined ? [] : [{ name, reason }];
  });
  for (const { name, reason } of skipped) plan.onProgress(`skipping ${name}: ${reason}`);
  const subjects = plan.subjects.filter(({ name }) => !skipped.some((each) => each.name === name));
  const stops: (() => Promise<void>)[] = [];
  try {
    const worker = async (script: string, ready: RegExp) => {
      const started = await startProcess({ script: new URL(script, import.meta.url), ready, cores: cores?.rest });
      stops.push(started.stop);
      return started;
    };
    const relay = await worker("../dist/relay/main.js", /^ready (\S+)$/);
    const load = await worker("../dist/load/main.js", /^ready$/);
    const bench = { relay: relay.child, load: load.child, instructions };
    const world = { relayOrigin: relay.ready[1] ?? "", cores: cores?.subject };

    const contestants: (Contestant & { readonly startUp: StartUp })[] = [];
    for (const subject of subjects) {
      plan.onProgress(`starting ${subject.name}`);
      const { running, startUp } = await measureStartUp(subject, world, plan.sizes.restMs);
      stops.push(running.stop);
      contestants.push({ subject, running, startUp });
    }

    const runs = works.flatMap((work) =>
      contestants.filter((each) => canMeasure(work, each)).map((contestant) => ({ work, contestant })),
    );
    const wrong = new Set<(typeof runs)[number]>();
    const samples: Sample[] = [];
    /** One wrong answer of ours and there is no result. Somebody else's program is left out of the work that it fails. */
    const leaveOut: LeaveOut = ({ name, version }, work, error) => {
      if (version === undefined || !(error instanceof WrongAnswers)) throw error;
      plan.onProgress(`leaving out ${error.message}`);
      skipped.push({ name: `${name} in ${work}`, reason: error.message });
    };
    const measureRun = async (run: (typeof runs)[number], round: number, share?: number): Promise<void> => {
      const { work, contestant } = run;
      if (wrong.has(run)) return;
      try {
        const sample = await measure(bench, work, contestant, round, share);
        if (round > 0) samples.push(sample);
      } catch (error) {
        leaveOut(contestant.subject, work.name, error);
        wrong.add(run);
      }
    };
    if (plan.isWarm) {
      plan.onProgress("warming up");
      for (let times = 0; times < warmUpRounds; times += 1)
        for (const run of runs) await measureRun(run, 0, run.work.warmUpRuns);
    }
    const artefactStarts: StartUp[] = [];
    for (let round = 1; round <= plan.rounds; round += 1) {
      plan.onProgress(`round ${round} of ${plan.rounds}`);
      for (const work of works) {
        const ofWork = runs.filter((run) => run.work === work);
        for (let turn = 1; turn <= work.runsPerRound; turn += 1) {
          const nth = (round - 1) * work.runsPerRound + turn;
          // Every other time backwards: nobody always comes after the same neighbour.
          for (const run of nth % 2 === 1 ? ofWork : ofWork.toReversed()) await measureRun(run, nth);
        }
      }
      if (plan.artefact === undefined) continue;
      const { running, startUp } = await measureStartUp(plan.artefact, world, plan.sizes.restMs);
      await running.stop();
      artefactStarts.push(startUp);
    }
    const isRight = ({ work, subject }: Sample) =>
      ![...wrong].some((run) => run.work.name === work && run.contestant.subject.name === subject);
    const right = samples.filter(isRight);
    const footprints = contestants.map(({ subject, running, startUp }) => ({
      subject: subject.name,
      ...startUp,
      residentAfterBytes: running.pid === undefined ? null : residentBytes(running.pid),
    }));

    return {
      startedAt: startedAt.toISOString(),
      machine,
      fixtureSha256: fixtureSha256(),
      rounds: plan.rounds,
      sizes: plan.sizes,
      cores: cores ?? null,
      instructions: instructions.available ? "counted" : `not counted: ${instructions.reason}`,
      subjects: subjects.map(({ name, description, version }) => ({ name, description, version: version?.() ?? null })),
      skipped,
      works: works.map((work) => summarize(work, right)),
      footprints,
      idle: await measureAllIdle(plan, subjects, { ...world, cores, relay }, leaveOut),
      artefact:
        artefactStarts.length === 0
          ? null
          : {
              readyMs: spreadOf(artefactStarts.map(({ readyMs }) => readyMs)),
              cpuMs: spreadOf(artefactStarts.flatMap(({ cpuMs }) => cpuMs ?? [])),
              residentBytes: spreadOf(artefactStarts.flatMap((start) => start.residentBytes ?? [])),
            },
      samples: right,
    };
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

/** One subject and form after the other, each in a process of its own. Latency alone is all that a direct call has. */
async function measureAllIdle(
  { sizes, onProgress }: BenchPlan,
  subjects: readonly Subject[],
  world: Pick<IdlePlan, "relay" | "relayOrigin" | "cores">,
  leaveOut: LeaveOut,
): Promise<readonly IdleFigure[]> {
  const figures: IdleFigure[] = [];
  if (sizes.idleStreams.length === 0) return figures;
  for (const subject of subjects)
    for (const form of ["stream-http1", "stream-h2c"] as const) {
      if (subject.calls[form] === undefined) continue;
      onProgress(`idle streams: ${subject.name}, ${form}`);
      const { idleStreams: streams, killedStreams, idleLimitMs: limitMs, idleRestMs: restMs } = sizes;
      try {
        figures.push(await measureIdle({ ...world, streams, killedStreams, limitMs, restMs }, subject, form));
      } catch (error) {
        leaveOut(subject, `idle streams (${form})`, error);
      }
    }
  return figures;
}
