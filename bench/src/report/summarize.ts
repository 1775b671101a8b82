import type { Sample } from "../measure/sample.js";
import { type Spread, spreadOf } from "../measure/spread.js";
import type { Work } from "../works/work.js";
import type { Figure, WorkResult } from "./bench-results.js";

/** The subjects that others are compared with, where they took part. */
const baselines = ["raw-node", "raw-node-json", "meridian", "meridian-openai"] as const;

/** The subject whose latency is taken off. */
const directName = "direct";

/** Makes the figures of one work out of the samples of all rounds. Comparisons are made within a round. */
export function summarize(work: Work, samples: readonly Sample[]): WorkResult {
  const ours = samples.filter((sample) => sample.work === work.name);
  const subjects = [...new Set(ours.map(({ subject }) => subject))];
  const { name, description, unit, measure } = work;
  return { name, description, unit, measure, figures: subjects.map((subject) => figureOf(subject, ours)) };
}

function figureOf(subject: string, samples: readonly Sample[]): Figure {
  const own = samples.filter((sample) => sample.subject === subject);
  const besides = (other: string, figure: (own: Sample, other: Sample) => number | undefined) =>
    spreadOrNull(
      own.flatMap((sample) => {
        const match = samples.find(({ subject, round }) => subject === other && round === sample.round);
        return match === undefined ? [] : (figure(sample, match) ?? []);
      }),
    );
  const timesCpuOf = baselines.flatMap((baseline) => {
    const times = besides(baseline, (sample, base) =>
      sample.cpuMicroseconds === null || base.cpuMicroseconds === null || base.cpuMicroseconds === 0
        ? undefined
        : sample.cpuMicroseconds / base.cpuMicroseconds,
    );
    return times === null || baseline === subject ? [] : [[baseline, times] as const];
  });
  return {
    subject,
    answers: own.reduce((sum, { answers }) => sum + answers, 0),
    cpuMicroseconds: spreadOrNull(own.flatMap(({ cpuMicroseconds }) => cpuMicroseconds ?? [])),
    kiloInstructions: spreadOrNull(own.flatMap(({ kiloInstructions }) => kiloInstructions ?? [])),
    unitsPerSecond: spreadOf(own.map(({ unitsPerSecond }) => unitsPerSecond)),
    coreShare: spreadOrNull(own.flatMap(({ coreShare }) => coreShare ?? [])),
    timesCpuOf: Object.fromEntries(timesCpuOf),
    p50Ms: spreadOf(own.map(({ latencyMs }) => latencyMs.p50)),
    p99Ms: spreadOf(own.map(({ latencyMs }) => latencyMs.p99)),
    addedP50Ms: besides(directName, (sample, direct) => sample.latencyMs.p50 - direct.latencyMs.p50),
    addedP99Ms: besides(directName, (sample, direct) => sample.latencyMs.p99 - direct.latencyMs.p99),
  };
}

function spreadOrNull(values: readonly number[]): Spread | null {
  return values.length === 0 ? null : spreadOf(values);
}
