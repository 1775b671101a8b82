/** Each bucket reaches 8 % further than the one before: its middle is within 4 % of all that is in it. */
const logWidth = Math.log(1.08);

/** From 1 ms to 10 minutes; what is outside counts in the first or the last bucket. */
const buckets = Math.ceil(Math.log(600_000) / logWidth);

/** How long things took, in counts that can be added up: 700 bytes, however many there were. */
export type DurationHistogram = Uint32Array;

/** The durations below which so many of 100 are, in milliseconds. */
export interface DurationPercentiles {
  readonly count: bigint;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Creates an empty histogram. */
export function createDurationHistogram(): DurationHistogram {
  return new Uint32Array(buckets);
}

/** Adds a duration. */
export function addDuration(histogram: DurationHistogram, durationMs: number): void {
  const bucket = Math.min(buckets - 1, Math.max(0, Math.floor(Math.log(Math.max(1, durationMs)) / logWidth)));
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}

/** The durations of all histograms in one. */
export function mergeHistograms(histograms: Iterable<DurationHistogram>): DurationHistogram {
  const sum = createDurationHistogram();
  for (const histogram of histograms)
    for (let bucket = 0; bucket < buckets; bucket += 1) sum[bucket] = (sum[bucket] ?? 0) + (histogram[bucket] ?? 0);
  return sum;
}

/** The percentiles, within 4 %; all 0 of an empty histogram. */
export function percentilesOf(histogram: DurationHistogram): DurationPercentiles {
  let count = 0;
  for (const each of histogram) count += each;
  return {
    count: BigInt(count),
    p50Ms: durationAt(histogram, count * 0.5),
    p95Ms: durationAt(histogram, count * 0.95),
    p99Ms: durationAt(histogram, count * 0.99),
  };
}

/** The duration that `rank` of them are at most as long as. */
function durationAt(histogram: DurationHistogram, rank: number): number {
  if (rank === 0) return 0;
  let bucket = 0;
  let seen = histogram[0] ?? 0;
  while (seen < rank && bucket < buckets - 1) {
    bucket += 1;
    seen += histogram[bucket] ?? 0;
  }
  return Math.exp((bucket + 0.5) * logWidth);
}
