import { formatUsd } from "../format/money.js";
import { formatDuration } from "../format/time.js";
import { Outcome, toneOf } from "./outcome.js";

/** An attempt, of a failed call or of the playground's. */
export interface ShownAttempt {
  readonly endpoint: string;
  readonly model: string;
  readonly outcome: string;
  readonly status: number;
  readonly startMs: number;
  readonly durationMs: number;
  readonly costNanoUsd: bigint;
}

/** Attempts, and how long the call around them took. */
export interface AttemptsProps {
  readonly attempts: readonly ShownAttempt[];
  readonly callMs: number;
}

/** Draws attempts as bars on the time of their call, each with its outcome. */
export function AttemptTimeline({ attempts, callMs }: AttemptsProps) {
  const wholeMs = wholeOf(attempts, callMs);
  return (
    <ol class="timeline">
      {attempts.map(({ endpoint, model, outcome, status, startMs, durationMs, costNanoUsd }, index) => (
        <li key={index}>
          <p class="timeline-who">
            <b>{model}</b> <span class="note">{endpoint}</span>
          </p>
          <div class="timeline-track">
            <span class={`timeline-bar ${toneOf(outcome)}`} style={placeOf(startMs, durationMs, wholeMs)} />
          </div>
          <p class="timeline-what">
            <Outcome outcome={outcome} />
            <span class="note">
              {status > 0 && `${status} · `}
              {formatDuration(durationMs)}
              {startMs >= 1 && ` after ${formatDuration(startMs)}`}
              {costNanoUsd > 0n && ` · ${formatUsd(costNanoUsd)}`}
            </span>
          </p>
        </li>
      ))}
    </ol>
  );
}

/** The same, small and without words: they stand elsewhere. */
export function AttemptStrip({ attempts, callMs }: AttemptsProps) {
  const wholeMs = wholeOf(attempts, callMs);
  return (
    <span class="strip" aria-hidden="true">
      {attempts.map(({ outcome, startMs, durationMs }, index) => (
        <span key={index} class={toneOf(outcome)} style={placeOf(startMs, durationMs, wholeMs)} />
      ))}
    </span>
  );
}

function wholeOf(attempts: readonly ShownAttempt[], callMs: number): number {
  return Math.max(1, callMs, ...attempts.map(({ startMs, durationMs }) => startMs + durationMs));
}

/** What is short is seen all the same. */
function placeOf(startMs: number, durationMs: number, wholeMs: number) {
  const left = Math.min(98.5, (startMs / wholeMs) * 100);
  const width = Math.min(100 - left, Math.max(1.5, (durationMs / wholeMs) * 100));
  return { left: `${left}%`, width: `${width}%` };
}
