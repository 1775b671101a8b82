import type { Model } from "@meridian/core";
import type { LimitState, ModelLimitState } from "@meridian/dispatch";
import type { Services } from "../services.js";

/**
 * Sets the headers of OpenAI that tell how far limits are used: the tenant's where it has some, else the model's, in this process: `x-ratelimit-limit-requests` (a
 * minute), `x-ratelimit-remaining-requests` (what may be sent at once now), `x-ratelimit-reset-requests` (until that is
 * full again), and the same for tokens. None for what is not limited.
 *
 * @see https://platform.openai.com/docs/guides/rate-limits
 */
export function setRateLimitHeaders(
  answer: Pick<Headers, "set">,
  model: Model | undefined,
  { modelLimits }: Pick<Services["dispatch"], "modelLimits">,
  tenant?: ModelLimitState,
): void {
  const ofModel = model === undefined ? undefined : modelLimits.state(model);
  setLimit(answer, "requests", tenant?.requests ?? ofModel?.requests);
  setLimit(answer, "tokens", tenant?.tokens ?? ofModel?.tokens);
}

function setLimit(answer: Pick<Headers, "set">, unit: "requests" | "tokens", state: LimitState | undefined): void {
  if (state === undefined) return;
  answer.set(`x-ratelimit-limit-${unit}`, String(state.limitPerMinute));
  answer.set(`x-ratelimit-remaining-${unit}`, String(state.remaining));
  answer.set(`x-ratelimit-reset-${unit}`, durationText(state.fullInMs));
}

/** As Go writes durations, to the millisecond: 0s, 20ms, 1.5s, 6m0s, 1h0m0s. */
function durationText(durationMs: number): string {
  const ms = Math.round(durationMs);
  if (ms > 0 && ms < 1_000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = `${(ms % 60_000) / 1_000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
