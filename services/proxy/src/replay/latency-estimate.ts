import { createTally, type Tally } from "./tally.js";

/** Where calls are sent first, in one of the two ways of asking. */
export interface Place {
  readonly transport: "unary" | "stream";
  readonly model: string;
  readonly endpoint: string;
}

/** Two quantiles of what answers take, in milliseconds, within 2 %. */
export interface Latency {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** What the answers of one way of asking take, before and after. */
export interface LatencyComparison {
  /** Undefined where nothing was measured. */
  readonly before: Latency | undefined;
  readonly after: Latency | undefined;
  /** Calls that would be sent where the recorded ones have measured nothing; they are left out. */
  readonly unmeasured: number;
}

/** Learns from recorded answers what each place takes, and estimates what all calls together take at other places. */
export interface LatencyEstimate {
  /** An answer took so long. */
  measured(place: Place, ms: number): void;
  /** A call was sent to one place, and would be sent to another; undefined: it would be refused. */
  sent(before: Place, after: Place | undefined): void;
  compare(transport: Place["transport"]): LatencyComparison;
}

/** Each bucket reaches 2 % further than the one before. */
const logWidth = Math.log(1.02);

/**
 * Creates an estimate. A place takes what the recorded answers took there, or, where it has none, what its model took at all
 * other endpoints; each place counts by the calls that go there.
 */
export function createLatencyEstimate(): LatencyEstimate {
  /** How many answers fell into each bucket, by place and by model. */
  const histograms = new Map<string, Tally>();
  const weights = { before: createTally(), after: createTally() };

  const histogram = (id: string): Tally => {
    const known = histograms.get(id) ?? createTally();
    histograms.set(id, known);
    return known;
  };

  const mix = (tally: Tally, transport: Place["transport"]) => {
    const shares = new Map<number, number>();
    let unmeasured = 0;
    for (const { name, count } of tally.sorted()) {
      const place = parsePlace(name);
      if (place.transport !== transport) continue;
      const buckets = (histograms.get(name) ?? histograms.get(modelId(place)))?.sorted();
      if (buckets === undefined) unmeasured += count;
      const total = buckets?.reduce((sum, bucket) => sum + bucket.count, 0) ?? 1;
      for (const bucket of buckets ?? []) {
        const key = Number(bucket.name);
        shares.set(key, (shares.get(key) ?? 0) + (count * bucket.count) / total);
      }
    }
    return { latency: latencyOf([...shares].sort(([a], [b]) => a - b)), unmeasured };
  };

  return {
    measured(place, ms) {
      const bucket = String(Math.max(0, Math.floor(Math.log(Math.max(ms, 1)) / logWidth)));
      histogram(placeId(place)).add(bucket);
      histogram(modelId(place)).add(bucket);
    },
    sent(before, after) {
      weights.before.add(placeId(before));
      if (after !== undefined) weights.after.add(placeId(after));
    },
    compare(transport) {
      const after = mix(weights.after, transport);
      return {
        before: mix(weights.before, transport).latency,
        after: after.latency,
        unmeasured: after.unmeasured,
      };
    },
  };
}

function latencyOf(shares: readonly (readonly [bucket: number, share: number])[]): Latency | undefined {
  const total = shares.reduce((sum, [, share]) => sum + share, 0);
  if (total === 0) return undefined;
  const quantileMs = (quantile: number) => {
    let below = 0;
    // A tiny bit less, as shares are sums of fractions.
    const bucket = shares.find(([, share]) => {
      below += share;
      return below >= total * quantile - 1e-9;
    });
    return Math.exp(((bucket ?? shares.at(-1) ?? [0])[0] + 0.5) * logWidth);
  };
  return { p50Ms: quantileMs(0.5), p95Ms: quantileMs(0.95) };
}

// Neither names of endpoints nor ids of models hold a space.
function placeId({ transport, model, endpoint }: Place): string {
  return `${transport} ${model} ${endpoint}`;
}

function modelId({ transport, model }: Pick<Place, "transport" | "model">): string {
  return `${transport} ${model}`;
}

function parsePlace(id: string): Pick<Place, "transport" | "model"> {
  const [transport, model = ""] = id.split(" ");
  return { transport: transport === "stream" ? "stream" : "unary", model };
}
