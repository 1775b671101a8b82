import type { Provenance } from "@meridian/core";
import type { LedgerAttempt, LedgerCall } from "./ledger-call.js";

/**
 * Calls on their way to another thread. As objects, their copy names every field of every call: it takes five times as long, most of it
 * on the thread that answers calls.
 */
export interface PackedCalls {
  /** Every text once. */
  readonly texts: readonly string[];
  /** What calls consist of, in the order of `packCalls`: numbers, and places in `texts`. */
  readonly numbers: Float64Array;
  /** Of the attempts, in nano-USD. */
  readonly costs: BigInt64Array;
}

/** Packs calls. Throws a RangeError where a cost is too large for a ledger: more than 64 bits hold. */
export function packCalls(calls: readonly LedgerCall[]): PackedCalls {
  const places = new Map<string, number>();
  const numbers: number[] = [];
  const costs: bigint[] = [];
  const placeOf = (text: string): number => {
    const known = places.get(text);
    if (known !== undefined) return known;
    places.set(text, places.size);
    return places.size - 1;
  };
  for (const call of calls) {
    numbers.push(
      call.endedAtMs,
      call.durationMs,
      placeOf(call.requestId),
      placeOf(call.tenant),
      placeOf(call.rpc),
      placeOf(call.protocol),
      placeOf(call.code),
      placeOf(call.reason),
      placeOf(call.region),
      placeOf(call.tier),
      placeOf(call.cohort),
      placeOf(call.configVersion),
      call.attempts.length,
    );
    for (const attempt of call.attempts) {
      numbers.push(
        placeOf(attempt.endpoint),
        placeOf(attempt.model),
        placeOf(attempt.credential),
        placeOf(attempt.transport),
        placeOf(attempt.outcome),
        attempt.status,
        attempt.startMs,
        attempt.durationMs,
        attempt.promptTokens,
        attempt.cachedTokens,
        attempt.completionTokens,
        attempt.reasoningTokens,
        placeOf(attempt.costSource),
      );
      if (BigInt.asIntN(64, attempt.costNanoUsd) !== attempt.costNanoUsd) throw new RangeError("a cost is too large");
      costs.push(attempt.costNanoUsd);
    }
  }
  return { texts: [...places.keys()], numbers: new Float64Array(numbers), costs: new BigInt64Array(costs) };
}

/** The calls that were packed. */
export function unpackCalls({ texts, numbers, costs }: PackedCalls): LedgerCall[] {
  let [nextNumber, nextCost] = [0, 0];
  const number = () => numbers[nextNumber++] ?? 0;
  const text = () => texts[number()] ?? "";
  const cost = () => costs[nextCost++] ?? 0n;
  // The fields of an object are read in the order in which they are written down.
  const attempt = (): LedgerAttempt => ({
    endpoint: text(),
    model: text(),
    credential: text(),
    transport: text(),
    outcome: text(),
    status: number(),
    startMs: number(),
    durationMs: number(),
    promptTokens: number(),
    cachedTokens: number(),
    completionTokens: number(),
    reasoningTokens: number(),
    // Packed as one.
    costSource: text() as Provenance,
    costNanoUsd: cost(),
  });
  const calls: LedgerCall[] = [];
  while (nextNumber < numbers.length) {
    calls.push({
      endedAtMs: number(),
      durationMs: number(),
      requestId: text(),
      tenant: text(),
      rpc: text(),
      protocol: text(),
      code: text(),
      reason: text(),
      region: text(),
      tier: text(),
      cohort: text(),
      configVersion: text(),
      attempts: Array.from({ length: number() }, attempt),
    });
  }
  return calls;
}
