import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ModelCostSchema, RegionLatencySchema, WindowSchema } from "@meridian/admin-proto";
import { mergeHistograms, percentilesOf } from "./duration-histogram.js";
import { type RegionSlot, slotIndexOf, slotSeconds, type TimeSlot, type TimeSlots } from "./time-slots.js";

/** Slots of a step, by the minutes of the window: no chart has more than 60 steps. */
const slotsOfStep = new Map([
  [5, 1],
  [15, 3],
  [60, 6],
]);

/** The windows that there are, in minutes. */
export const windowMinutes: readonly number[] = [...slotsOfStep.keys()];

/** A window, and who asks for it when. */
export interface WindowQuestion {
  /** One of `windowMinutes`. */
  readonly minutes: number;
  /** The time of day, in milliseconds since 1970-01-01 UTC. */
  readonly nowMs: number;
  /** When the process began to count. */
  readonly sinceMs: number;
  /** What each model has cost since then, in nano-USD. */
  readonly totalCosts: ReadonlyMap<string, bigint>;
}

/** What ended in a window that ends now. Its steps stand on multiples of their length, so that a chart does not flicker. */
export function windowOf(
  slots: TimeSlots,
  { minutes, nowMs, sinceMs, totalCosts }: WindowQuestion,
): MessageInitShape<typeof WindowSchema> {
  const slotsInStep = slotsOfStep.get(minutes) ?? 1;
  const steps = (minutes * 60) / slotSeconds / slotsInStep;
  const lastStep = Math.floor(slotIndexOf(nowMs) / slotsInStep);
  const firstStep = lastStep - steps + 1;
  const perStep = Array.from({ length: steps }, (_, step) =>
    Array.from({ length: slotsInStep }, (_, slot) => slots.at((firstStep + step) * slotsInStep + slot)).filter(
      (slot) => slot !== undefined,
    ),
  );
  const all = perStep.flat();
  const names = namesIn(all, (slot) => slot.regions);
  const regions = new Map(names.map((region) => [region, latencySteps(region, perStep)]));
  const allSteps = perStep.map((_, step) =>
    mergeSteps([...regions.values()].map((each) => each[step]).filter((each) => each !== undefined)),
  );
  const startMs = firstStep * slotsInStep * slotSeconds * 1_000;
  return {
    start: timestampFromMs(startMs),
    stepSeconds: slotsInStep * slotSeconds,
    countedSeconds: (nowMs - Math.max(startMs, sinceMs)) / 1_000,
    calls: perStep.map((each) => total(each, ({ calls }) => calls)),
    failed: perStep.map((each) => total(each, ({ failed }) => failed)),
    reasons: countsOf(all, ({ reasons }) => reasons).map(([reason, calls]) => ({ reason, calls })),
    allRegions: latencyFrom("", allSteps),
    regions: [...regions]
      .map(([region, steps]) => latencyFrom(region, steps))
      .sort((left, right) => Number(right.answer.count - left.answer.count)),
    models: modelCosts(perStep, totalCosts),
    tiers: countsOf(all, ({ tiers }) => tiers).map(([tier, chats]) => ({ tier, chats })),
  };
}

function modelCosts(
  perStep: readonly (readonly TimeSlot[])[],
  totalCosts: ReadonlyMap<string, bigint>,
): MessageInitShape<typeof ModelCostSchema>[] {
  const answers = new Map(countsOf(perStep.flat(), (slot) => slot.answers));
  const names = new Set([...totalCosts.keys(), ...answers.keys()]);
  return [...names]
    .map((model) => {
      const byStep = perStep.map((slots) => slots.reduce((sum, { costs }) => sum + (costs.get(model) ?? 0n), 0n));
      const costNanoUsd = byStep.reduce((sum, cost) => sum + cost, 0n);
      return {
        model,
        costNanoUsd,
        costNanoUsdSteps: byStep,
        totalCostNanoUsd: totalCosts.get(model) ?? 0n,
        answers: answers.get(model) ?? 0n,
      };
    })
    .sort((left, right) => Number(right.costNanoUsd - left.costNanoUsd));
}

/** Of a region, by step. Each slot is added once: this runs on the thread that answers calls. */
function latencySteps(region: string, perStep: readonly (readonly TimeSlot[])[]): readonly RegionSlot[] {
  return perStep.map((slots) =>
    mergeSteps(slots.map(({ regions }) => regions.get(region)).filter((slot) => slot !== undefined)),
  );
}

function mergeSteps(steps: readonly RegionSlot[]): RegionSlot {
  return {
    answer: mergeHistograms(steps.map(({ answer }) => answer)),
    firstToken: mergeHistograms(steps.map(({ firstToken }) => firstToken)),
  };
}

function latencyFrom(region: string, steps: readonly RegionSlot[]) {
  const whole = mergeSteps(steps);
  return {
    region,
    answer: percentilesOf(whole.answer),
    answerSteps: steps.map(({ answer }) => percentilesOf(answer)),
    firstToken: percentilesOf(whole.firstToken),
    firstTokenSteps: steps.map(({ firstToken }) => percentilesOf(firstToken)),
  } satisfies MessageInitShape<typeof RegionLatencySchema>;
}

function namesIn(slots: readonly TimeSlot[], map: (slot: TimeSlot) => ReadonlyMap<string, unknown>): string[] {
  return [...new Set(slots.flatMap((slot) => [...map(slot).keys()]))];
}

/** The sums, the largest first. */
function countsOf(slots: readonly TimeSlot[], map: (slot: TimeSlot) => ReadonlyMap<string, number>) {
  return namesIn(slots, map)
    .map((name) => [name, total(slots, (slot) => map(slot).get(name) ?? 0)] as const)
    .sort(([, left], [, right]) => Number(right - left));
}

function total(slots: readonly TimeSlot[], figure: (slot: TimeSlot) => number): bigint {
  return BigInt(slots.reduce((sum, slot) => sum + figure(slot), 0));
}
