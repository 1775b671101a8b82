import type { StopSignal } from "./stop-signal.js";

/** One that is to hear of a stop, and those beside it: itself, where it is in no list. */
class Member {
  onStop: (() => void) | undefined;
  previous: Member = this;
  next: Member = this;

  constructor(onStop: (() => void) | undefined) {
    this.onStop = onStop;
  }
}

/**
 * Those who are to hear of one stop, and come and go by the thousand. An AbortSignal looks through all of its listeners for each that
 * comes or goes. A Set takes none out of its memory until it is full, and hands the memory itself on then: what the listeners know of
 * outlives them until V8 collects all garbage. A list has nothing of one that has left.
 */
export class StopCrowd {
  readonly #signal: StopSignal;
  /** It begins and ends the list, and stands for nobody. */
  readonly #ends = new Member(undefined);
  #size = 0;

  constructor(signal: StopSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#tell());
  }

  /** How many are to hear of it. */
  get size(): number {
    return this.#size;
  }

  /**
   * Calls `onStop` once it stops: at once where it has. It may not throw.
   *
   * @returns takes it out again; to be called when it is no longer to hear of it, and may be called again
   */
  join(onStop: () => void): () => void {
    if (this.#signal.aborted) {
      onStop();
      return () => {};
    }
    const member = new Member(onStop);
    const last = this.#ends.previous;
    [member.previous, member.next] = [last, this.#ends];
    last.next = member;
    this.#ends.previous = member;
    this.#size += 1;
    return () => this.#remove(member);
  }

  #remove(member: Member): void {
    const { previous, next } = member;
    if (next === member) return;
    previous.next = next;
    next.previous = previous;
    member.previous = member;
    member.next = member;
    member.onStop = undefined;
    this.#size -= 1;
  }

  #tell(): void {
    while (this.#ends.next !== this.#ends) {
      const { next } = this.#ends;
      const { onStop } = next;
      this.#remove(next);
      onStop?.();
    }
  }
}
