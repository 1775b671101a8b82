import type { Model } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { createModelLimits } from "./model-limits.js";
import { candidateOf } from "./testing/scenario.js";

function modelOf(limits: Partial<Model>): Model {
  return { ...candidateOf("a").model, ...limits };
}

test.each([1, 2, 7, 60, 1_200, 100_000])(
  "no minute ever has more than its %i requests, and the next has most of them",
  async (limit) => {
    const clock = createFakeClock();
    const limits = createModelLimits(clock);
    const model = modelOf({ requestsPerMinute: limit });
    const taken: number[] = [];
    for (let tick = 0; tick < 1_300; tick += 1) {
      while (limits.waitMs(model, 0) === 0) {
        limits.take(model, 0);
        taken.push(clock.now());
      }
      await clock.advance(100);
    }
    const within = (fromMs: number) => taken.filter((time) => time >= fromMs && time < fromMs + 60_000).length;
    for (let fromMs = 0; fromMs <= 60_000; fromMs += 500) expect(within(fromMs)).toBeLessThanOrEqual(limit);
    expect(within(60_000)).toBeGreaterThanOrEqual(Math.floor(limit * 0.89));
  },
);

test("tokens are counted by the estimate, and put right by what was used", () => {
  const limits = createModelLimits(createFakeClock());
  const model = modelOf({ tokensPerMinute: 10_000 });
  limits.take(model, 900);
  expect(limits.waitMs(model, 200)).toBeGreaterThan(0);
  limits.settle(model, 900, 300);
  expect(limits.waitMs(model, 200)).toBe(0);
  limits.take(model, 200);
  limits.settle(model, 200, 5_000);
  expect(limits.waitMs(model, 1)).toBeGreaterThan(10_000);
});

test("whichever limit is reached first counts", () => {
  const limits = createModelLimits(createFakeClock());
  const model = modelOf({ requestsPerMinute: 10, tokensPerMinute: 1_000_000 });
  limits.take(model, 1);
  expect(limits.waitMs(model, 1)).toBeGreaterThan(0);
});

test("a model without limits is never held back", () => {
  const limits = createModelLimits(createFakeClock());
  const model = modelOf({});
  for (let calls = 0; calls < 10_000; calls += 1) limits.take(model, 1_000_000);
  expect(limits.waitMs(model, 1_000_000)).toBe(0);
});

test("a limit that changes counts from then on", () => {
  const limits = createModelLimits(createFakeClock());
  limits.take(modelOf({ requestsPerMinute: 1 }), 0);
  expect(limits.waitMs(modelOf({ requestsPerMinute: 1 }), 0)).toBeGreaterThan(0);
  expect(limits.waitMs(modelOf({ requestsPerMinute: 1_000 }), 0)).toBe(0);
});
