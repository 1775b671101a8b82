import { RefusedRequest } from "./openai-error.js";
import type { SimulatedModel } from "./simulated-model.js";

const windowMs = 60_000;

/** Counts the requests of each model by the minute. A model's minute begins with its first request. */
export interface RateLimit {
  /**
   * Counts a request and gives the `x-ratelimit-*` headers of its answer; none where the model has no limit.
   *
   * @throws RefusedRequest with 429 and `Retry-After` above the limit.
   */
  take(model: SimulatedModel, nowMs: number): Readonly<Record<string, string>>;
  clear(): void;
}

/** Creates a limit with nothing counted. */
export function createRateLimit(): RateLimit {
  const windows = new Map<string, { startMs: number; count: number }>();
  return {
    take(model, nowMs) {
      const limit = model.requestsPerMinute;
      if (limit === undefined) {
        return {};
      }
      const known = windows.get(model.id);
      const window = known !== undefined && nowMs < known.startMs + windowMs ? known : { startMs: nowMs, count: 0 };
      windows.set(model.id, window);
      const isAllowed = window.count < limit;
      window.count += isAllowed ? 1 : 0;
      const resetMs = Math.max(1, Math.ceil(window.startMs + windowMs - nowMs));
      const headers = {
        "x-ratelimit-limit-requests": String(limit),
        "x-ratelimit-remaining-requests": String(limit - window.count),
        "x-ratelimit-reset-requests": resetMs < 1_000 ? `${resetMs}ms` : `${Math.ceil(resetMs / 1_000)}s`,
      };
      if (!isAllowed) {
        const message = `Rate limit reached for ${model.id} on requests per min (RPM): Limit ${limit}.`;
        throw new RefusedRequest(429, { message }, { ...headers, "retry-after": String(Math.ceil(resetMs / 1_000)) });
      }
      return headers;
    },
    clear: () => windows.clear(),
  };
}
