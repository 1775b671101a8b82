import { expect, test } from "vitest";
import { RefusedRequest } from "./openai-error.js";
import { createRateLimit } from "./rate-limit.js";

const model = { id: "m", requestsPerMinute: 2 };

test("a minute begins with its first request, and ends", () => {
  const limit = createRateLimit();
  expect(limit.take(model, 1_000)).toEqual({
    "x-ratelimit-limit-requests": "2",
    "x-ratelimit-remaining-requests": "1",
    "x-ratelimit-reset-requests": "60s",
  });
  expect(limit.take(model, 60_500)["x-ratelimit-reset-requests"]).toBe("500ms");
  expect(() => limit.take(model, 60_999)).toThrow(RefusedRequest);
  expect(limit.take(model, 61_000)["x-ratelimit-remaining-requests"]).toBe("1");
});

test("Retry-After is when the minute ends, in whole seconds", () => {
  const limit = createRateLimit();
  limit.take(model, 0);
  limit.take(model, 0);
  try {
    limit.take(model, 57_500);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ status: 429, headers: { "retry-after": "3" } });
  }
});

test("a model without a limit has no headers, and clearing forgets", () => {
  const limit = createRateLimit();
  expect(limit.take({ id: "free" }, 0)).toEqual({});
  limit.take(model, 0);
  limit.take(model, 0);
  limit.clear();
  expect(limit.take(model, 1)["x-ratelimit-remaining-requests"]).toBe("1");
});
