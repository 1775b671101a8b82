import type { Provenance } from "@meridian/core";
import type { LedgerAttempt, LedgerCall } from "./ledger-call.js";

/**
 * Calls on their way to another thread. As objects, their copy names every field of every call: it takes five times as long, most of it
 * on the thread that answers calls.
 */
export interface PackedCalls {
  /** How many they are. */
  readonly calls: number;
  /** The ids of the calls, and every other text once. */
  readonly texts: readonly string[];
  /** What calls consist of, in the order of `CallPacker`: numbers, and places in `texts`. */
  readonly numbers: Float64Array;
  /** Of each of their attempts, in nano-USD. */
  readonly costs: BigInt64Array;
}

/** Packs calls one by one, as they end: as objects they would wait for others, and be copied by every collection of garbage. */
export class CallPacker {
  #calls = 0;
  #attempts = 0;
  #texts: string[] = [];
  /** Of the texts but the ids. */
  readonly #places = new Map<string, number>();
  #numbers = new Float64Array(32 * fieldsOfCall);
  #numbersEnd = 0;
  #costs = new BigInt64Array(32);

  /** The calls that were added since `take`. */
  get calls(): number {
    return this.#calls;
  }

  /** Adds a call. Throws a RangeError, and adds nothing, where a cost is too large for a ledger: more than 64 bits hold. */
  add(call: LedgerCall): void {
    const { attempts } = call;
    for (const { costNanoUsd } of attempts)
      if (BigInt.asIntN(64, costNanoUsd) !== costNanoUsd) throw new RangeError("a cost is too large");
    this.#makeRoom(fieldsOfCall + attempts.length * fieldsOfAttempt, attempts.length);
    this.#number(call.endedAtMs);
    this.#number(call.durationMs);
    // Hardly ever there before.
    this.#number(this.#texts.push(call.requestId) - 1);
    this.#text(call.tenant);
    this.#text(call.rpc);
    this.#text(call.protocol);
    this.#text(call.code);
    this.#text(call.reason);
    this.#text(call.region);
    this.#text(call.tier);
    this.#text(call.cohort);
    this.#text(call.configVersion);
    this.#number(attempts.length);
    for (const attempt of attempts) this.#addAttempt(attempt);
    this.#calls += 1;
  }

  /** What was added, and begins anew. */
  take(): PackedCalls {
    const taken: PackedCalls = {
      calls: this.#calls,
      texts: this.#texts,
      numbers: this.#numbers.slice(0, this.#numbersEnd),
      costs: this.#costs.slice(0, this.#attempts),
    };
    this.#calls = 0;
    this.#attempts = 0;
    this.#texts = [];
    this.#places.clear();
    this.#numbersEnd = 0;
    return taken;
  }

  #addAttempt(attempt: LedgerAttempt): void {
    this.#text(attempt.endpoint);
    this.#text(attempt.model);
    this.#text(attempt.credential);
    this.#text(attempt.transport);
    this.#text(attempt.outcome);
    this.#number(attempt.status);
    this.#number(attempt.startMs);
    this.#number(attempt.durationMs);
    this.#number(attempt.promptTokens);
    this.#number(attempt.cachedTokens);
    this.#number(attempt.completionTokens);
    this.#number(attempt.reasoningTokens);
    this.#text(attempt.costSource);
    this.#costs[this.#attempts++] = attempt.costNanoUsd;
  }

  #number(value: number): void {
    this.#numbers[this.#numbersEnd++] = value;
  }

  #text(text: string): void {
    let place = this.#places.get(text);
    if (place === undefined) {
      place = this.#texts.push(text) - 1;
      this.#places.set(text, place);
    }
    this.#number(place);
  }

  #makeRoom(numbers: number, attempts: number): void {
    const numbersEnd = this.#numbersEnd + numbers;
    if (numbersEnd > this.#numbers.length) {
      const larger = new Float64Array(Math.max(numbersEnd, 2 * this.#numbers.length));
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    const costsEnd = this.#attempts + attempts;
    if (costsEnd > this.#costs.length) {
      const larger = new BigInt64Array(Math.max(costsEnd, 2 * this.#costs.length));
      larger.set(this.#costs);
      this.#costs = larger;
    }
  }
}

/** So many numbers are packed of a call, and of each of its attempts. */
const fieldsOfCall = 13;
const fieldsOfAttempt = 13;

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
