/** Each bucket reaches 2 % further than the one before: the error of a quantile. */
const logWidth = Math.log(1.02);

/** From 1 ms to 10 minutes; what is outside counts in the first or the last bucket. */
const buckets = Math.ceil(Math.log(600_000) / logWidth);

/** Older latencies count half from here on, again and again: the histogram follows what changes. */
const halvedAtTotal = 10_000;

/** The bucket of a latency in milliseconds. */
export function bucketOf(latencyMs: number): number {
  return Math.min(buckets - 1, Math.max(0, Math.floor(Math.log(latencyMs) / logWidth)));
}

/** How many buckets further a latency is that is `factor` times as long. */
export function bucketsApart(factor: number): number {
  return Math.round(Math.log(factor) / logWidth);
}

/** Counts of latencies in buckets of 2 %: 5 KB, however many there were. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(buckets);
  #total = 0;

  /** How many latencies it knows, old ones as parts. */
  get total(): number {
    return this.#total;
  }

  /** Adds a latency by its bucket. */
  add(bucket: number): void {
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
    if (this.#total <= halvedAtTotal) return;
    this.#counts.forEach((count, index) => {
      this.#counts[index] = count / 2;
    });
    this.#total /= 2;
  }

  /** The first bucket with at most this share of the latencies above it. */
  bucketBelow(share: number): number {
    let above = 0;
    for (let bucket = buckets - 1; bucket > 0; bucket -= 1) {
      above += this.#counts[bucket] ?? 0;
      if (above > this.#total * share) return bucket;
    }
    return 0;
  }

  /** The share of the latencies in buckets above this one; 0 of none. */
  shareAbove(bucket: number): number {
    let above = 0;
    for (let index = Math.max(0, bucket + 1); index < buckets; index += 1) above += this.#counts[index] ?? 0;
    return this.#total === 0 ? 0 : above / this.#total;
  }
}

/** The longest latency of a bucket, in milliseconds. */
export function bucketEndMs(bucket: number): number {
  return Math.exp((bucket + 1) * logWidth);
}
