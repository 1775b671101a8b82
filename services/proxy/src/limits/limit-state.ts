import type { TenantLimits } from "@meridian/core";
import type { ModelLimitState } from "@meridian/dispatch";

/** How far a limit a minute is used. */
export interface MinuteUse {
  readonly used: number;
  /** Until nothing of it is used any more, in milliseconds. */
  readonly fullInMs: number;
}

/** What the headers of an answer tell of the limits a minute. */
export function limitStateOf(limits: TenantLimits, requests: MinuteUse, tokens: MinuteUse): ModelLimitState {
  return {
    requests: stateOf(limits.requestsPerMinute, requests),
    tokens: stateOf(limits.tokensPerMinute, tokens),
  };
}

function stateOf(limitPerMinute: number | undefined, { used, fullInMs }: MinuteUse) {
  if (limitPerMinute === undefined) return undefined;
  return { limitPerMinute, remaining: Math.max(0, limitPerMinute - used), fullInMs };
}
