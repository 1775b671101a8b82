import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadLearnedModel } from "@meridian/routing";
import { describeMachine, type Machine } from "../measure/machine.js";
import { type LatencyReport, latencyReports } from "./latency-report.js";
import { type ParityReport, parityReports } from "./parity-report.js";
import { mean, type QualityReport, qualityReport } from "./quality-report.js";
import { readRoutingRows } from "./routing-row.js";
import { type PolicyName, type ScoredRow, scoreRows } from "./score-rows.js";
import { type TierReport, tierReport } from "./tier-report.js";

/** Everything that a run says: the file that `--json` writes. */
export interface RoutingResults {
  readonly machine: Machine;
  /** The version of the learned policy. */
  readonly version: string;
  /** What was looked for and is not there. */
  readonly missing: readonly string[];
  readonly suites: readonly SuiteReport[];
  /** The mean over the suites of mixed prompts; undefined where none of them is there. */
  readonly headline: Readonly<Record<PolicyName, QualityReport>> | undefined;
  readonly parity: readonly ParityReport[];
  readonly latency: readonly LatencyReport[];
}

/** The figures of one suite. */
export interface SuiteReport {
  readonly suite: string;
  readonly lang: string;
  readonly rows: number;
  /** Whether its prompts are there in other languages, too. */
  readonly isParallel: boolean;
  /** The share of right answers of the cheap model alone, and of the expensive one. */
  readonly weak: number;
  readonly strong: number;
  readonly quality: Readonly<Record<PolicyName, QualityReport>>;
  /** undefined where a policy has no tiers, or no third model was tried. */
  readonly tiers: Readonly<Record<PolicyName, TierReport | undefined>>;
}

/** Suites of prompts of mixed difficulty: those of one kind tell little about a router. */
const headlineSuites = ["mmlu", "gsm8k", "llmrouter"];

const files = ["dev.jsonl.gz", "dev_multilingual.jsonl.gz"] as const;

/** What a run is made of. */
export interface RoutingBenchPlan {
  /** Where the files are; one that is not there is left out, and named. */
  readonly data: string;
  readonly resamples: number;
  readonly seed: number;
}

/** Measures every policy. Rejects where no file is there, or one holds no rows. */
export async function runRoutingBench({ data, resamples, seed }: RoutingBenchPlan): Promise<RoutingResults> {
  const machine = describeMachine();
  const present = files.filter((file) => existsSync(join(data, file)));
  if (present.length === 0) throw new Error(`${data}: neither ${files.join(" nor ")} is there`);
  const rows: ScoredRow[] = [];
  for (const file of present)
    rows.push(...(await scoreRows(join(data, file), await readRoutingRows(join(data, file)), seed)));
  const model = await loadLearnedModel();
  const suites = [...Map.groupBy(rows, ({ suite }) => suite).values()];
  const headline = suites.filter(([row]) => headlineSuites.includes(row?.suite ?? ""));
  const prompts = rows.map(({ prompt }) => prompt);
  return {
    machine,
    version: model.version,
    missing: files.filter((file) => !present.includes(file)),
    suites: suites.map((suite) => suiteReport(suite, resamples, seed)),
    headline: headline.length === 0 ? undefined : byPolicy((policy) => qualityOf(headline, policy, resamples, seed)),
    parity: parityReports(rows),
    latency: latencyReports(model, prompts),
  };
}

function suiteReport(rows: readonly ScoredRow[], resamples: number, seed: number): SuiteReport {
  const [{ suite, lang } = { suite: "", lang: "" }] = rows;
  return {
    suite,
    lang,
    rows: rows.length,
    isParallel: rows.some(({ pair }) => pair !== undefined),
    weak: mean(rows.map(({ weakOk }) => weakOk)),
    strong: mean(rows.map(({ strongOk }) => strongOk)),
    quality: byPolicy((policy) => qualityOf([rows], policy, resamples, seed)),
    tiers: byPolicy((policy) => tierReport(rows, policy)),
  };
}

/** How well a policy orders each of some suites, in the mean. */
function qualityOf(
  suites: readonly (readonly ScoredRow[])[],
  policy: PolicyName,
  resamples: number,
  seed: number,
): QualityReport {
  const scored = suites.map((rows) =>
    rows.map(({ weakOk, strongOk, predictions }) => ({ weakOk, strongOk, score: predictions[policy].score })),
  );
  return qualityReport(scored, resamples, seed);
}

function byPolicy<Report>(of: (policy: PolicyName) => Report): Readonly<Record<PolicyName, Report>> {
  return { random: of("random"), length: of("length"), keywords: of("keywords"), learned: of("learned") };
}
