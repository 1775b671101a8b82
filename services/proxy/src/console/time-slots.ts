import { type CallRecord, isRoutedChat } from "@meridian/telemetry";
import { addDuration, createDurationHistogram, type DurationHistogram } from "./duration-histogram.js";

/** How long a slot is, in seconds. */
export const slotSeconds = 10;
/** The longest window that can be asked for, in slots: an hour, and the slot that runs. */
const keptSlots = 361;

/** How long the answered chats of a region took. */
export interface RegionSlot {
  readonly answer: DurationHistogram;
  readonly firstToken: DurationHistogram;
}

/** What ended in ten seconds. Its names come from the configuration and from closed sets, never from a caller. */
export interface TimeSlot {
  /** Slots since 1970-01-01 UTC. */
  readonly index: number;
  calls: number;
  failed: number;
  readonly reasons: Map<string, number>;
  readonly regions: Map<string, RegionSlot>;
  readonly costs: Map<string, bigint>;
  readonly answers: Map<string, number>;
  readonly tiers: Map<string, number>;
}

/** The slots of the last hour. */
export interface TimeSlots {
  /** Counts a call in the slot of this time of day, in milliseconds since 1970-01-01 UTC. */
  add(record: CallRecord, region: string, atMs: number): void;
  /** The slot of an index; undefined where nothing ended in it, or it is too long ago. */
  at(index: number): TimeSlot | undefined;
}

/** The index of the slot of a time of day. */
export function slotIndexOf(atMs: number): number {
  return Math.floor(atMs / 1_000 / slotSeconds);
}

/** Creates the slots. An old one gives its place to a new one, so that their number is bounded. */
export function createTimeSlots(): TimeSlots {
  const slots: (TimeSlot | undefined)[] = Array.from({ length: keptSlots });
  const slotAt = (index: number): TimeSlot => {
    const place = index % keptSlots;
    const known = slots[place];
    if (known?.index === index) return known;
    const slot = emptySlot(index);
    slots[place] = slot;
    return slot;
  };
  return {
    add: (record, region, atMs) => count(slotAt(slotIndexOf(atMs)), record, region),
    at(index) {
      const slot = slots[index % keptSlots];
      return slot?.index === index ? slot : undefined;
    },
  };
}

function emptySlot(index: number): TimeSlot {
  return {
    index,
    calls: 0,
    failed: 0,
    reasons: new Map(),
    regions: new Map(),
    costs: new Map(),
    answers: new Map(),
    tiers: new Map(),
  };
}

function count(slot: TimeSlot, record: CallRecord, region: string): void {
  const { code, reason = code } = record;
  slot.calls += 1;
  const isAnswered = code === "ok";
  if (!isAnswered) {
    slot.failed += 1;
    increase(slot.reasons, reason);
  }
  for (const { deployment, costNanoUsd } of record.attempts) {
    const model = deployment.model.id;
    if (costNanoUsd > 0n) slot.costs.set(model, (slot.costs.get(model) ?? 0n) + costNanoUsd);
  }
  if (!isRoutedChat(record)) return;
  increase(slot.tiers, record.plan.tier ?? "pinned");
  if (!isAnswered) return;
  increase(slot.answers, record.attempts.at(-1)?.deployment.model.id ?? record.plan.model);
  const { answer, firstToken } = regionOf(slot, region);
  addDuration(answer, record.durationMs);
  if (record.firstTokenMs !== undefined) addDuration(firstToken, record.firstTokenMs);
}

function regionOf({ regions }: TimeSlot, region: string): RegionSlot {
  const known = regions.get(region);
  if (known !== undefined) return known;
  const slot = { answer: createDurationHistogram(), firstToken: createDurationHistogram() };
  regions.set(region, slot);
  return slot;
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
