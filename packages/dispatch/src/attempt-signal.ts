import type { Clock } from "@meridian/core";
import { UpstreamError, type UpstreamFailure } from "@meridian/core";

type LimitKind = Extract<UpstreamFailure, { limitMs: number }>["kind"];

/** The signal of one attempt: it aborts when the call ends, or with an `UpstreamError` when a limit of its own passes. */
export interface AttemptSignal {
  readonly signal: AbortSignal;
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

/** Creates the signal of an attempt that may take `totalMs` in all. */
export function createAttemptSignal(clock: Clock, call: AbortSignal, totalMs: number): AttemptSignal {
  const controller = new AbortController();
  const abort = (kind: LimitKind, limitMs: number) => controller.abort(new UpstreamError({ kind, limitMs }));
  const onCallEnd = () => controller.abort(call.reason);
  call.addEventListener("abort", onCallEnd, { once: true });
  if (call.aborted) onCallEnd();

  const cancelTotal = clock.schedule(totalMs, () => abort("attempt_limit", totalMs));
  let cancelPhase = () => {};
  let waitingSinceMs: number | undefined;
  let waitedBeforeMs = 0;
  const waitedNowMs = () => (waitingSinceMs === undefined ? 0 : clock.now() - waitingSinceMs);

  const limit = (kind: LimitKind, limitMs: number) => {
    cancelPhase();
    cancelPhase = clock.schedule(limitMs, () => abort(kind, limitMs));
  };
  // One timer for many waits: when it fires, it looks how long the present wait has been and sets itself again.
  const limitWaits = (kind: LimitKind, limitMs: number) => {
    const check = () => {
      const waitedMs = waitedNowMs();
      if (waitedMs >= limitMs) abort(kind, limitMs);
      else cancelPhase = clock.schedule(limitMs - waitedMs, check);
    };
    cancelPhase();
    cancelPhase = clock.schedule(limitMs, check);
  };
  return {
    signal: controller.signal,
    limit,
    limitWaits,
    waiting(isWaiting) {
      waitedBeforeMs += waitedNowMs();
      waitingSinceMs = isWaiting ? clock.now() : undefined;
    },
    get waitedMs() {
      return waitedBeforeMs + waitedNowMs();
    },
    release() {
      cancelTotal();
      cancelPhase();
      call.removeEventListener("abort", onCallEnd);
    },
  };
}
