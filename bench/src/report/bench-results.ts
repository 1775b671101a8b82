import type { IdleFigure } from "../idle/measure-idle.js";
import type { CorePlan } from "../measure/cores.js";
import type { Machine } from "../measure/machine.js";
import type { Sample } from "../measure/sample.js";
import type { Spread } from "../measure/spread.js";
import type { StartUp } from "../measure/start-up.js";
import type { WorkSizes } from "../works/work.js";

/** Everything that a run of the benchmark says: the file that `--json` writes. */
export interface BenchResults {
  /** In ISO 8601. */
  readonly startedAt: string;
  readonly machine: Machine;
  /** Of the bytes that were asked and answered: only results of the same hash can be compared. */
  readonly fixtureSha256: string;
  readonly rounds: number;
  readonly sizes: WorkSizes;
  /** null: nothing was pinned. */
  readonly cores: CorePlan | null;
  /** "counted", or why not. */
  readonly instructions: string;
  readonly subjects: readonly {
    readonly name: string;
    readonly description: string;
    readonly version: string | null;
  }[];
  /** Those that could not run, and why. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly works: readonly WorkResult[];
  readonly footprints: readonly Footprint[];
  /** What idle streams take; none where they were not measured. */
  readonly idle: readonly IdleFigure[];
  /** The built artefact, started once a round; null where it was not. */
  readonly artefact: { readonly readyMs: Spread; readonly cpuMs: Spread; readonly residentBytes: Spread } | null;
  /** What the figures were made of. */
  readonly samples: readonly Sample[];
}

/** The start of a subject, and what it has grown to after all of the works. */
export interface Footprint extends StartUp {
  readonly subject: string;
  /** null: it has no process of its own. */
  readonly residentAfterBytes: number | null;
}

/** The figures of one work. */
export interface WorkResult {
  readonly name: string;
  readonly description: string;
  readonly unit: "call" | "chunk";
  readonly measure: "cpu" | "latency";
  readonly figures: readonly Figure[];
}

/** The figures of one subject in one work. A figure that this work does not give is null. */
export interface Figure {
  readonly subject: string;
  /** Answers of all rounds, every one of them checked. */
  readonly answers: number;
  readonly cpuMicroseconds: Spread | null;
  readonly kiloInstructions: Spread | null;
  /** What came with this load: the most of one core where `coreShare` is near 1. */
  readonly unitsPerSecond: Spread;
  readonly coreShare: Spread | null;
  /** CPU divided by that of the other subject in the same round. */
  readonly timesCpuOf: Readonly<Record<string, Spread>>;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  /** Latency less that of the direct call in the same round; null where that was not measured. */
  readonly addedP50Ms: Spread | null;
  readonly addedP99Ms: Spread | null;
}
