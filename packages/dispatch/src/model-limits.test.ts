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

test("the state tells the limit, what may be used now, and when all of it is back", async () => {
  const clock = createFakeClock();
  const limits = createModelLimits(clock);
  const model = modelOf({ requestsPerMinute: 600, tokensPerMinute: 10_000 });
  const full = {
    requests: { limitPerMinute: 600, remaining: 60, fullInMs: 0 },
    tokens: { limitPerMinute: 10_000, remaining: 1_000, fullInMs: 0 },
  };
  expect(limits.state(model)).toEqual(full);
  for (let calls = 0; calls < 3; calls += 1) limits.take(model, 100);
  const { requests, tokens } = limits.state(model);
  expect(requests).toMatchObject({ limitPerMinute: 600, remaining: 57 });
  // A bucket of 60 with 541 a minute, and one of 1,000 with 9,001 a minute.
  expect(requests?.fullInMs).toBeCloseTo((3 / 541) * 60_000);
  expect(tokens).toMatchObject({ limitPerMinute: 10_000, remaining: 700 });
  expect(tokens?.fullInMs).toBeCloseTo((300 / 9_001) * 60_000);
  // Looking has used nothing, and less than a whole request is none.
  await clock.advance(100);
  expect(limits.state(model).requests?.remaining).toBe(57);
  await clock.advance(1_900);
  expect(limits.state(model)).toEqual(full);
});

test("what was used above the limit leaves nothing, never less", () => {
  const limits = createModelLimits(createFakeClock());
  const model = modelOf({ tokensPerMinute: 10_000 });
  limits.take(model, 100);
  limits.settle(model, 100, 10_001);
  const { requests, tokens } = limits.state(model);
  expect(requests).toBeUndefined();
  expect(tokens?.remaining).toBe(0);
  expect(tokens?.fullInMs).toBeCloseTo((10_001 / 9_001) * 60_000);
});

test("a model without limits has no state", () => {
  const limits = createModelLimits(createFakeClock());
  expect(limits.state(modelOf({}))).toEqual({ requests: undefined, tokens: undefined });
});

test("another configuration shares what is used of a limit that stays, and begins a changed one anew", () => {
  const limits = createModelLimits(createFakeClock());
  const model = modelOf({ requestsPerMinute: 1 });
  limits.take(model, 0);
  const same = limits.successor(new Map([[model.id, { ...model }]]));
  expect(same.waitMs({ ...model }, 0)).toBeGreaterThan(0);
  const raised = modelOf({ requestsPerMinute: 2 });
  const changed = limits.successor(new Map([[model.id, raised]]));
  expect(changed.waitMs(raised, 0)).toBe(0);
  changed.take(raised, 0);
  // A call that began with the former limit does not undo the new one.
  limits.take(model, 0);
  expect(changed.waitMs(raised, 0)).toBeGreaterThan(0);
  expect(limits.successor(new Map()).waitMs(model, 0)).toBe(0);
});
