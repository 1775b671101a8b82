/** `afterTokens` of `cut` and `stall`. */
export const defaultAfterTokens = 3;

/** `delayMs` of `slow-first-token`. */
export const defaultDelayMs = 20_000;

/** `keepAliveMs` of `slow-first-token`. */
export const defaultKeepAliveMs = 1_000;

/** `bytes` of `huge-line`. */
export const defaultHugeBytes = 32 * 1_024 * 1_024;

/** The first half of a JSON object, which is never JSON. */
export function breakJson(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}
