/**
 * What of an AbortSignal the rooms of a call use. One of those will do; a `Stop` costs a tenth, and each call has several.
 */
export interface StopSignal {
  readonly aborted: boolean;
  /** Undefined until it aborts. */
  readonly reason: unknown;
  /** Calls `listener` when it aborts: never where it has already. Adding one twice is adding it once. */
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** A signal and what aborts it, in one. Without the `Event` and the `DOMException` of an AbortController. */
export class Stop implements StopSignal {
  #aborted = false;
  #reason: unknown;
  /** The listener, as long as there is one alone: most signals never have a second. */
  #only: (() => void) | undefined;
  /** All of them, once there were two. */
  #listeners: Set<() => void> | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** How many listen, so that tests see what is left behind. */
  get listenerCount(): number {
    return this.#listeners?.size ?? (this.#only === undefined ? 0 : 1);
  }

  addEventListener(_type: "abort", listener: () => void): void {
    if (this.#aborted || this.#only === listener) return;
    if (this.#listeners !== undefined) this.#listeners.add(listener);
    else if (this.#only === undefined) this.#only = listener;
    else {
      this.#listeners = new Set([this.#only, listener]);
      this.#only = undefined;
    }
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    if (this.#only === listener) this.#only = undefined;
    else this.#listeners?.delete(listener);
  }

  /** Aborts for a reason. Only the first call counts. Listeners may not throw. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    // One that is removed by another before its turn is not called, as with an AbortSignal.
    this.#only?.();
    for (const listener of this.#listeners ?? []) listener();
    this.#only = undefined;
    this.#listeners = undefined;
  }
}
