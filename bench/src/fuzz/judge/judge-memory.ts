import type { ProcessSample } from "../../probe/take-sample.js";

/**
 * What a proxy at rest may hold more than it did after the cases for warmth, in bytes, however many cases came between: what
 * is held at rest belongs to the process, not to its calls. Room for code that is compiled and tables that grow later.
 */
const maxGrowthBytes = 12e6;

/** A connection that is being looked at may be open: the admin port's, a relay's. */
const slack = 5;

/** Kinds that are not counted: a timer falls due by itself, some seconds after its case, and what it holds is memory. */
const passing: readonly string[] = ["Timeout", "Immediate"];

/** What is wrong with the memory of a proxy, by samples at rest after a collection; empty where nothing is. */
export function judgeMemory(samples: readonly ProcessSample[]): readonly string[] {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return [];
  const grown = last.heldBytes - first.heldBytes;
  const left = Object.entries(last.resources).filter(
    ([kind, count]) => !passing.includes(kind) && count > (first.resources[kind] ?? 0) + slack,
  );
  return [
    ...(grown > maxGrowthBytes ? [`memory at rest has grown by ${(grown / 1e6).toFixed(1)} MB`] : []),
    ...left.map(([kind, count]) => `${count} ${kind} are open, ${first.resources[kind] ?? 0} before`),
  ];
}
