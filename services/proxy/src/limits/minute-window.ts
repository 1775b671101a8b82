/** The window moves on by so many milliseconds. */
export const slotMs = 5_000;
/** A minute, and the slot that has begun: no minute, wherever it begins, is counted short. */
export const slotsInWindow = 13;

/** The number of the slot at a time of day. */
export function slotAt(nowMs: number): number {
  return Math.floor(nowMs / slotMs);
}

/** What was used within the last minute, to 5 seconds: what leaves the window leaves it up to that much late. */
export class MinuteWindow {
  readonly #amounts = new Map<number, number>();

  /** All of it. */
  used(nowMs: number): number {
    let sum = 0;
    for (const [slot, amount] of this.#amounts) {
      if (slot <= slotAt(nowMs) - slotsInWindow) this.#amounts.delete(slot);
      else sum += amount;
    }
    return sum;
  }

  /** Counts an amount, or takes one back, at the time of a slot; nothing where that has left the window. */
  add(slot: number, amount: number, nowMs: number): void {
    if (slot > slotAt(nowMs) - slotsInWindow) this.#amounts.set(slot, (this.#amounts.get(slot) ?? 0) + amount);
  }

  /** Milliseconds until so much has left the window; until all has, where there is less. */
  waitMs(amount: number, nowMs: number): number {
    let left = amount;
    let waitMs = 0;
    for (const [slot, used] of [...this.#amounts].sort(([a], [b]) => a - b)) {
      if (left <= 0) break;
      if (used <= 0) continue;
      left -= used;
      waitMs = (slot + slotsInWindow) * slotMs - nowMs;
    }
    return waitMs;
  }
}
