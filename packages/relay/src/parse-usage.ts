import type { JsonValue, Usage } from "@meridian/core";
import { count, object } from "./read-json.js";

/** The usage that a relay reports; undefined where it reports none. */
export function parseUsage(value: JsonValue | undefined): Usage | undefined {
  const usage = object(value);
  const promptTokens = count(usage?.["prompt_tokens"]);
  const completionTokens = count(usage?.["completion_tokens"]);
  if (usage === undefined || promptTokens === undefined || completionTokens === undefined) return undefined;
  const cachedTokens = count(object(usage["prompt_tokens_details"])?.["cached_tokens"]);
  return {
    promptTokens,
    completionTokens,
    // The second name is DeepSeek's own.
    cachedTokens: cachedTokens ?? count(usage["prompt_cache_hit_tokens"]) ?? 0,
    reasoningTokens: count(object(usage["completion_tokens_details"])?.["reasoning_tokens"]) ?? 0,
    provenance: "reported",
  };
}
