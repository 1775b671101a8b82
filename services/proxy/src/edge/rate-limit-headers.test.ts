import type { Model } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { createModelLimits } from "@meridian/dispatch";
import { expect, test } from "vitest";
import { setRateLimitHeaders } from "./rate-limit-headers.js";

function modelOf(limits: Pick<Model, "requestsPerMinute" | "tokensPerMinute">): Model {
  return {
    id: "a",
    upstreamName: "a",
    prices: {
      base: { inputNanoUsd: 0n, outputNanoUsd: 0n, cachedInputNanoUsd: undefined, reasoningNanoUsd: undefined },
      changes: [],
    },
    contextWindowTokens: 1,
    fallbacks: [],
    ...limits,
  };
}

function createLimits() {
  const clock = createFakeClock();
  const modelLimits = createModelLimits(clock);
  const headersOf = (model: Model) => {
    const headers = new Headers();
    setRateLimitHeaders(headers, model, { modelLimits });
    return Object.fromEntries(headers);
  };
  return { clock, modelLimits, headersOf };
}

test("the headers of both limits", async () => {
  const { clock, modelLimits, headersOf } = createLimits();
  // Buckets of 6 with 60 a minute, and of 6,666 with 60,001 a minute.
  const model = modelOf({ requestsPerMinute: 65, tokensPerMinute: 66_666 });
  modelLimits.take(model, 20);
  expect(headersOf(model)).toEqual({
    "x-ratelimit-limit-requests": "65",
    "x-ratelimit-remaining-requests": "5",
    "x-ratelimit-reset-requests": "1s",
    "x-ratelimit-limit-tokens": "66666",
    "x-ratelimit-remaining-tokens": "6646",
    "x-ratelimit-reset-tokens": "20ms",
  });
  await clock.advance(990);
  expect(headersOf(model)).toMatchObject({
    "x-ratelimit-remaining-requests": "5",
    "x-ratelimit-reset-requests": "10ms",
    "x-ratelimit-remaining-tokens": "6666",
    "x-ratelimit-reset-tokens": "0s",
  });
  await clock.advance(10);
  expect(headersOf(model)).toMatchObject({
    "x-ratelimit-remaining-requests": "6",
    "x-ratelimit-reset-requests": "0s",
  });
});

test.each([
  { tokens: 0, text: "0s" },
  { tokens: 1, text: "1ms" },
  { tokens: 999, text: "999ms" },
  { tokens: 1_000, text: "1s" },
  { tokens: 8_640, text: "8.64s" },
  { tokens: 59_999, text: "59.999s" },
  { tokens: 60_000, text: "1m0s" },
  { tokens: 90_951, text: "1m30.951s" },
  { tokens: 360_000, text: "6m0s" },
  { tokens: 3_600_000, text: "1h0m0s" },
  { tokens: 7_261_001, text: "2h1m1.001s" },
])("$tokens tokens used of a limit of 1 a millisecond are back in $text", ({ tokens, text }) => {
  const { modelLimits, headersOf } = createLimits();
  // A bucket of 6,666 with 60,000 a minute.
  const model = modelOf({ requestsPerMinute: undefined, tokensPerMinute: 66_665 });
  modelLimits.take(model, tokens);
  expect(headersOf(model)).toEqual({
    "x-ratelimit-limit-tokens": "66665",
    "x-ratelimit-remaining-tokens": String(Math.max(0, 6_666 - tokens)),
    "x-ratelimit-reset-tokens": text,
  });
});

test("none for a model without limits", () => {
  const { headersOf } = createLimits();
  expect(headersOf(modelOf({ requestsPerMinute: undefined, tokensPerMinute: undefined }))).toEqual({});
});
