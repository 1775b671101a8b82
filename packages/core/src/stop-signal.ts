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
  #listeners: Set<() => void> | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** How many listen, so that tests see what is left behind. */
  get listenerCount(): number {
    return this.#listeners?.size ?? 0;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    if (this.#aborted) return;
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  /** Aborts for a reason. Only the first call counts. Listeners may not throw. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    // One that is removed by another before its turn is not called, as with an AbortSignal.
    for (const listener of this.#listeners ?? []) listener();
    this.#listeners = undefined;
  }
}

/**
 * A signal that aborts with another one, for many to listen to: an AbortSignal looks through all of its listeners for each
 * that comes or goes.
 */
export function stopWith(signal: StopSignal): StopSignal {
  const stop = new Stop();
  if (signal.aborted) stop.abort(signal.reason);
  else signal.addEventListener("abort", () => stop.abort(signal.reason));
  return stop;
}
