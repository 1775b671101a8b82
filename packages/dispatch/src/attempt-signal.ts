import { type Clock, Stop, type StopSignal, UpstreamError, type UpstreamFailure } from "@meridian/core";

type LimitKind = Extract<UpstreamFailure, { limitMs: number }>["kind"];

/** The signal of one attempt: it aborts when the call ends, or with an `UpstreamError` when a limit of its own passes. */
export interface AttemptSignal {
  readonly signal: StopSignal;
  /** Sets the limit of the present phase, in place of the one before. `limitMs` counts from now. */
  limit(kind: LimitKind, limitMs: number): void;
  /** From now on the phase's limit is on each wait alone: between `waiting(true)` and `waiting(false)`. */
  limitWaits(kind: LimitKind, limitMs: number): void;
  /** Says whether the relay is waited for. A slow caller is not the relay's silence. */
  waiting(isWaiting: boolean): void;
  /** How long the relay was waited for between `waiting(true)` and `waiting(false)`, in milliseconds. */
  readonly waitedMs: number;
  /** Frees timers and listeners. The signal does not abort afterwards. */
  release(): void;
}

/** The limit of a phase. */
interface Phase {
  readonly kind: LimitKind;
  readonly limitMs: number;
  /** When it passes; undefined: when the present wait has been as long. */
  readonly dueMs: number | undefined;
}

/** Creates the signal of an attempt that may take `totalMs` in all. */
export function createAttemptSignal(clock: Clock, call: StopSignal, totalMs: number): AttemptSignal {
  return new LimitedSignal(clock, call, totalMs);
}

/** A class: each stream that is open has one. */
class LimitedSignal implements AttemptSignal {
  readonly signal = new Stop();
  readonly #clock: Clock;
  readonly #call: StopSignal;
  readonly #totalMs: number;
  readonly #totalDueMs: number;
  #phase: Phase | undefined;
  #waitingSinceMs: number | undefined;
  #waitedBeforeMs = 0;
  // One timer for all limits, which is not set again where one comes later: when it fires, it looks what is due.
  #firesAtMs = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;
  readonly #onCallEnd = () => this.signal.abort(this.#call.reason);

  constructor(clock: Clock, call: StopSignal, totalMs: number) {
    this.#clock = clock;
    this.#call = call;
    this.#totalMs = totalMs;
    const nowMs = clock.now();
    this.#totalDueMs = nowMs + totalMs;
    if (call.aborted) this.#onCallEnd();
    else {
      call.addEventListener("abort", this.#onCallEnd);
      this.#setTimer(nowMs);
    }
  }

  get waitedMs(): number {
    const waitedNowMs = this.#waitingSinceMs === undefined ? 0 : this.#clock.now() - this.#waitingSinceMs;
    return this.#waitedBeforeMs + waitedNowMs;
  }

  limit(kind: LimitKind, limitMs: number): void {
    const nowMs = this.#clock.now();
    this.#begin({ kind, limitMs, dueMs: nowMs + limitMs }, nowMs);
  }

  limitWaits(kind: LimitKind, limitMs: number): void {
    this.#begin({ kind, limitMs, dueMs: undefined }, this.#clock.now());
  }

  waiting(isWaiting: boolean): void {
    const nowMs = this.#clock.now();
    if (this.#waitingSinceMs !== undefined) this.#waitedBeforeMs += nowMs - this.#waitingSinceMs;
    this.#waitingSinceMs = isWaiting ? nowMs : undefined;
  }

  release(): void {
    this.#cancelTimer?.();
    this.#call.removeEventListener("abort", this.#onCallEnd);
  }

  #begin(next: Phase, nowMs: number): void {
    this.#phase = next;
    if (!this.signal.aborted) this.#setTimer(nowMs);
  }

  #phaseDueMs({ dueMs, limitMs }: Phase, nowMs: number): number {
    return dueMs ?? (this.#waitingSinceMs ?? nowMs) + limitMs;
  }

  #setTimer(nowMs: number): void {
    const phase = this.#phase;
    const dueMs = phase === undefined ? this.#totalDueMs : Math.min(this.#totalDueMs, this.#phaseDueMs(phase, nowMs));
    if (dueMs >= this.#firesAtMs) return;
    this.#cancelTimer?.();
    this.#firesAtMs = dueMs;
    this.#cancelTimer = this.#clock.schedule(Math.max(0, dueMs - nowMs), () => this.#check());
  }

  #check(): void {
    const nowMs = this.#clock.now();
    const phase = this.#phase;
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    if (nowMs >= this.#totalDueMs) this.#abort("attempt_limit", this.#totalMs);
    else if (phase !== undefined && nowMs >= this.#phaseDueMs(phase, nowMs)) this.#abort(phase.kind, phase.limitMs);
    else this.#setTimer(nowMs);
  }

  #abort(kind: LimitKind, limitMs: number): void {
    this.signal.abort(new UpstreamError({ kind, limitMs }));
  }
}
