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
  const signal = new Stop();
  const totalDueMs = clock.now() + totalMs;
  let phase: Phase | undefined;
  let waitingSinceMs: number | undefined;
  let waitedBeforeMs = 0;
  const waitedNowMs = () => (waitingSinceMs === undefined ? 0 : clock.now() - waitingSinceMs);

  // One timer for all limits, which is not set again where one comes later: when it fires, it looks what is due.
  let firesAtMs = Number.POSITIVE_INFINITY;
  let cancelTimer = () => {};
  const abort = (kind: LimitKind, limitMs: number) => signal.abort(new UpstreamError({ kind, limitMs }));
  const phaseDueMs = ({ dueMs, limitMs }: Phase, nowMs: number) => dueMs ?? (waitingSinceMs ?? nowMs) + limitMs;
  const check = () => {
    const nowMs = clock.now();
    firesAtMs = Number.POSITIVE_INFINITY;
    if (nowMs >= totalDueMs) abort("attempt_limit", totalMs);
    else if (phase !== undefined && nowMs >= phaseDueMs(phase, nowMs)) abort(phase.kind, phase.limitMs);
    else setTimer(nowMs);
  };
  const setTimer = (nowMs: number) => {
    const dueMs = phase === undefined ? totalDueMs : Math.min(totalDueMs, phaseDueMs(phase, nowMs));
    if (dueMs >= firesAtMs) return;
    cancelTimer();
    firesAtMs = dueMs;
    cancelTimer = clock.schedule(Math.max(0, dueMs - nowMs), check);
  };
  const begin = (next: Phase, nowMs: number) => {
    phase = next;
    if (!signal.aborted) setTimer(nowMs);
  };
  const onCallEnd = () => signal.abort(call.reason);
  if (call.aborted) onCallEnd();
  else {
    call.addEventListener("abort", onCallEnd);
    setTimer(totalDueMs - totalMs);
  }

  return {
    signal,
    limit(kind, limitMs) {
      const nowMs = clock.now();
      begin({ kind, limitMs, dueMs: nowMs + limitMs }, nowMs);
    },
    limitWaits: (kind, limitMs) => begin({ kind, limitMs, dueMs: undefined }, clock.now()),
    waiting(isWaiting) {
      const nowMs = clock.now();
      if (waitingSinceMs !== undefined) waitedBeforeMs += nowMs - waitingSinceMs;
      waitingSinceMs = isWaiting ? nowMs : undefined;
    },
    get waitedMs() {
      return waitedBeforeMs + waitedNowMs();
    },
    release() {
      cancelTimer();
      call.removeEventListener("abort", onCallEnd);
    },
  };
}
