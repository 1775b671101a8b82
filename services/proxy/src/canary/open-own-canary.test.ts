import { createFakeClock } from "@meridian/core/testing";
import type { CanaryState } from "@meridian/routing";
import { createLogger } from "@meridian/telemetry";
import { expect, test } from "vitest";
import { answeredCall } from "../testing/canary-calls.js";
import { compileTestConfig } from "../testing/start-test-proxy.js";
import type { CanaryStore } from "./canary-store.js";
import { openOwnCanary } from "./open-own-canary.js";

const { canary: policy } = compileTestConfig("routing: {canary: {percentage: 10, rollout: {}}}", {
  RELAY_BASE_URL: "http://relay.example/v1",
  RELAY_API_KEY: "sk-test",
}).routing;

async function openTestCanary(kept?: CanaryState) {
  const clock = createFakeClock();
  const saved: CanaryState[] = [];
  const log: Record<string, unknown>[] = [];
  const decisions: string[] = [];
  const faults = { isFull: false };
  const store: CanaryStore = {
    load: async () => kept,
    save: async (state) => {
      if (faults.isFull) throw new Error("no space left");
      saved.push(state);
    },
  };
  const canary = await openOwnCanary(policy, store, {
    clock,
    timeOfDayMs: clock.now,
    isChecked: () => true,
    logger: createLogger("info", { write: (line) => log.push(JSON.parse(line)) }),
    onDecision: ({ kind }) => decisions.push(kind),
  });
  return { canary, clock, saved, log, decisions, faults };
}

test("saves decisions at once, and what calls came to once a minute", async () => {
  const { canary, clock, saved, decisions } = await openTestCanary();
  await canary.set(20, "more");
  expect(saved.at(-1)).toMatchObject({ percentage: 20, reason: "more" });
  expect(decisions).toEqual(["set"]);
  await clock.advance(60_000);
  expect(saved).toHaveLength(1);
  canary.recorder.callEnded(answeredCall);
  await clock.advance(59_999);
  expect(saved).toHaveLength(1);
  await clock.advance(1);
  expect(saved.at(-1)?.comparison.baseline.calls).toBe(1);
  await canary.close();
  expect(clock.pendingTimers).toBe(0);
  const restarted = await openTestCanary(saved.at(-1));
  expect(restarted.canary.percentage()).toBe(20);
});

test("goes on where it cannot save, says so, and saves when it can again", async () => {
  const { canary, clock, saved, log, faults } = await openTestCanary();
  faults.isFull = true;
  await expect(canary.abort("wrong")).rejects.toThrow("no space left");
  expect(canary.percentage()).toBe(0);
  expect(log).toContainEqual(expect.objectContaining({ level: "error", msg: "the canary's state could not be saved" }));
  faults.isFull = false;
  await clock.advance(60_000);
  expect(saved.at(-1)).toMatchObject({ phase: "aborted", percentage: 0 });
});

test("takes another percentage of the configuration, but not the same once more", async () => {
  const { canary, decisions } = await openTestCanary();
  await canary.set(30, "more");
  canary.reconfigure(policy);
  expect(canary.percentage()).toBe(30);
  canary.reconfigure({ ...policy, percentage: 50 });
  expect(canary.percentage()).toBe(50);
  expect(decisions).toEqual(["set", "begin"]);
});
