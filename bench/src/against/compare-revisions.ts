import { type Spread, spreadOf } from "../measure/spread.js";
import type { BenchResults } from "../report/bench-results.js";
import type { Subject } from "../subjects/subject.js";

/** A figure of this checkout, divided by that of the revision: above 1 it has become dearer. */
export interface RevisionRatio {
  readonly figure: string;
  /** Of each round, both having run in it one after the other. */
  readonly ratio: Spread;
}

/** A subject of this checkout and its counterpart of the revision. */
export interface RevisionPair {
  readonly after: Subject;
  readonly before: Subject;
}

/** From here on a figure is worth a warning. */
export const warnAbove = 1.15;

/** Compares the subjects of the pairs, work by work, and what they take before the first call. */
export function compareRevisions(results: BenchResults, pairs: readonly RevisionPair[]): readonly RevisionRatio[] {
  return pairs.flatMap(({ after, before }) => {
    const works = results.works.flatMap(({ name, measure }): readonly RevisionRatio[] => {
      const ratios = results.samples.flatMap((sample) => {
        if (sample.work !== name || sample.subject !== after.name) return [];
        const other = results.samples.find(
          ({ work, subject, round }) => work === name && subject === before.name && round === sample.round,
        );
        const [now, then] = [sample, other].map((each) =>
          measure === "cpu" ? each?.cpuMicroseconds : each?.latencyMs.p50,
        );
        return now && then ? [now / then] : [];
      });
      const what = measure === "cpu" ? "CPU" : "p50";
      return ratios.length === 0 ? [] : [{ figure: `${name}, ${after.name}, ${what}`, ratio: spreadOf(ratios) }];
    });
    const [start, startBefore] = [after, before].map(({ name }) =>
      results.footprints.find(({ subject }) => subject === name),
    );
    const starts = (["cpuMs", "residentBytes", "residentAfterBytes"] as const).flatMap(
      (key): readonly RevisionRatio[] => {
        const [now, then] = [start?.[key], startBefore?.[key]];
        return now && then ? [{ figure: `${footprintNames[key]}, ${after.name}`, ratio: spreadOf([now / then]) }] : [];
      },
    );
    return [...works, ...starts];
  });
}

const footprintNames = {
  cpuMs: "CPU until ready",
  residentBytes: "memory at rest",
  residentAfterBytes: "memory after all works",
} as const;
