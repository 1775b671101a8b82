import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { createRetryBudget } from "./retry-budget.js";

const policy = { ratio: 0.2, floor: 3, windowMs: 10_000 };

function retriesOf(budget: ReturnType<typeof createRetryBudget>, route: string, tries: number) {
  return Array.from({ length: tries }, () => budget.retry(route)).filter(Boolean).length;
}

test("a fifth of the calls and the floor may be retried", () => {
  const budget = createRetryBudget(policy, createFakeClock());
  for (let calls = 0; calls < 100; calls += 1) budget.call("gpt-4.1");
  expect(retriesOf(budget, "gpt-4.1", 100)).toBe(23);
});

test("without calls only the floor, again after the window", async () => {
  const clock = createFakeClock();
  const budget = createRetryBudget(policy, clock);
  expect(retriesOf(budget, "gpt-4.1", 100)).toBe(3);
  await clock.advance(10_000);
  expect(retriesOf(budget, "gpt-4.1", 100)).toBe(3);
});

test("each route has its own", () => {
  const budget = createRetryBudget(policy, createFakeClock());
  expect(retriesOf(budget, "gpt-4.1", 10)).toBe(3);
  expect(retriesOf(budget, "deepseek-v3.2", 10)).toBe(3);
});

test("forgets the routes that are gone", () => {
  const budget = createRetryBudget(policy, createFakeClock());
  for (const route of ["gpt-4.1", "deepseek-v3.2"]) retriesOf(budget, route, 10);
  budget.retain((route) => route === "gpt-4.1");
  expect(["gpt-4.1", "deepseek-v3.2"].map((route) => retriesOf(budget, route, 10))).toEqual([0, 3]);
});
