import type { JsonValue } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { parseUsage } from "./parse-usage.js";

const counts = { prompt_tokens: 10, completion_tokens: 5 };
const usage = { promptTokens: 10, completionTokens: 5, cachedTokens: 0, reasoningTokens: 0, provenance: "reported" };

describe("parseUsage", () => {
  const rows: readonly (readonly [string, JsonValue, object])[] = [
    ["the two counts", counts, usage],
    ["counts of zero", { prompt_tokens: 0, completion_tokens: 0 }, { ...usage, promptTokens: 0, completionTokens: 0 }],
    [
      "OpenAI's cached tokens",
      { ...counts, prompt_tokens_details: { cached_tokens: 4 } },
      { ...usage, cachedTokens: 4 },
    ],
    ["DeepSeek's cached tokens", { ...counts, prompt_cache_hit_tokens: 3 }, { ...usage, cachedTokens: 3 }],
    [
      "OpenAI's cached tokens before DeepSeek's",
      { ...counts, prompt_tokens_details: { cached_tokens: 0 }, prompt_cache_hit_tokens: 3 },
      usage,
    ],
    [
      "reasoning tokens",
      { ...counts, completion_tokens_details: { reasoning_tokens: 2 } },
      { ...usage, reasoningTokens: 2 },
    ],
    ["null details", { ...counts, prompt_tokens_details: null, completion_tokens_details: null }, usage],
    ["details of the wrong type", { ...counts, prompt_tokens_details: [], completion_tokens_details: "x" }, usage],
  ];
  test.each(rows)("reads %s", (_, value, expected) => {
    expect(parseUsage(value)).toEqual(expected);
  });

  const nothing: readonly (readonly [string, JsonValue | undefined])[] = [
    ["a missing usage", undefined],
    ["null", null],
    ["an empty object", {}],
    ["a list", [10, 5]],
    ["a count alone", { prompt_tokens: 10 }],
    ["a negative count", { ...counts, completion_tokens: -1 }],
    ["a fraction", { ...counts, completion_tokens: 1.5 }],
    ["a count as text", { ...counts, completion_tokens: "5" }],
    ["a count beyond 32 bits", { ...counts, completion_tokens: 2 ** 31 }],
    ["null counts", { prompt_tokens: null, completion_tokens: null }],
  ];
  test.each(nothing)("takes %s for none", (_, value) => {
    expect(parseUsage(value)).toBeUndefined();
  });
});
