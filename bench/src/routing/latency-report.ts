import { type LearnedModel, scoreText } from "@meridian/routing";

/** What scoring costs for prompts of some lengths. */
export interface LatencyReport {
  readonly name: string;
  readonly prompts: number;
  /** Of one score, in microseconds. */
  readonly p50Microseconds: number;
  readonly p95Microseconds: number;
}

/** The fastest of as many counts: what else the machine does is not in it, and the clock of the CPU is too coarse. */
const repeats = 5;

const lengths = [300, 1_500, 3_000, Number.POSITIVE_INFINITY] as const;

/** Measures the learned score by the length of the prompts, in UTF-16 units, and for a run of one letter. */
export function latencyReports(model: LearnedModel, prompts: readonly string[]): readonly LatencyReport[] {
  const classes = lengths.map((most, index) => {
    const least = lengths[index - 1] ?? 0;
    const name = most === Number.POSITIVE_INFINITY ? `more than ${least}` : `${least} to ${most}`;
    return { name, prompts: prompts.filter(({ length }) => length >= least && length < most) };
  });
  const run = { name: "100000 times one letter", prompts: Array.from({ length: 20 }, () => "a".repeat(100_000)) };
  // The first calls are slower: the code is not compiled yet.
  for (const prompt of prompts.slice(0, 300)) scoreText(model, prompt);
  return [...classes, run]
    .filter(({ prompts }) => prompts.length > 0)
    .map(({ name, prompts }) => latency(model, name, prompts));
}

function latency(model: LearnedModel, name: string, prompts: readonly string[]): LatencyReport {
  const costs = prompts.map((prompt) => {
    let fastestMs = Number.POSITIVE_INFINITY;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const startedAtMs = performance.now();
      scoreText(model, prompt);
      fastestMs = Math.min(fastestMs, performance.now() - startedAtMs);
    }
    return fastestMs * 1_000;
  });
  costs.sort((one, other) => one - other);
  const quantile = (part: number) => costs[Math.floor(part * (costs.length - 1))] ?? Number.NaN;
  return { name, prompts: prompts.length, p50Microseconds: quantile(0.5), p95Microseconds: quantile(0.95) };
}
