import { describe, expect, test } from "vitest";
import { sampleCanary } from "../testing/sample-policy.js";
import { defaultRollout, rolloutPolicy } from "../testing/simulate-rollout.js";
import { CanaryController, type CanaryDecision } from "./canary-controller.js";

const dayMs = 24 * 3_600_000;

/** Sends `calls` of both sides in turn, of which the canary's fail as often as said. */
function send(controller: CanaryController, calls: number, nowMs: number, failsEvery = 100): readonly CanaryDecision[] {
  return Array.from({ length: calls }, (_, index) => index).flatMap((index) => {
    const cohort = index % 2 === 0 ? "canary" : "baseline";
    const isFailed = Math.floor(index / 2) % (cohort === "canary" ? failsEvery : 100) === 0;
    // A spread of latencies that is the same on both sides.
    const ms = 100 + ((Math.floor(index / 2) * 37) % 100);
    const latency = isFailed ? undefined : ({ transport: index % 4 < 2 ? "unary" : "stream", ms } as const);
    return controller.observe({ cohort, isFailed, latency }, nowMs) ?? [];
  });
}

describe("a rollout", () => {
  test("waits for the end of a step, however much is known", () => {
    const controller = new CanaryController(rolloutPolicy, undefined, 0);
    expect(send(controller, 6_000, 2 * dayMs - 1)).toEqual([]);
    expect(controller.status(2 * dayMs - 1)).toMatchObject({
      nextStepAtMs: 2 * dayMs,
      waitsFor: "the end of its time",
    });
    expect(send(controller, 100, 2 * dayMs)).toMatchObject([{ kind: "step", from: 10, percentage: 20 }]);
  });

  test("waits for enough calls, however long a step has lasted, and says so", () => {
    const controller = new CanaryController(rolloutPolicy, undefined, 0);
    expect(send(controller, 100, 100 * dayMs)).toEqual([]);
    expect(controller.percentage).toBe(10);
    expect(controller.status(100 * dayMs).waitsFor).toBe(
      "more calls: 50 of the canary and 50 of the baseline are too few to tell about errors and latency",
    );
  });

  test("is aborted at once, back to 0 %, and stays there", () => {
    const controller = new CanaryController(rolloutPolicy, undefined, 0);
    const [decision, ...more] = send(controller, 4_000, dayMs, 4);
    expect(decision).toMatchObject({ kind: "abort", canary: "canary", from: 10, percentage: 0 });
    expect(decision?.reason).toMatch(
      /^\d+\.\d\d % of \d+ calls of the canary failed, \d\.\d\d % of \d+ calls of the baseline failed: the evidence against it is \d+ to 1 \(round 1\)$/,
    );
    expect(more).toEqual([]);
    expect(controller.status(dayMs)).toMatchObject({ phase: "aborted", percentage: 0, nextStepAtMs: undefined });
  });

  test("of a policy without one changes nothing by itself", () => {
    const controller = new CanaryController(sampleCanary({ percentage: 10 }), undefined, 0);
    expect(send(controller, 4_000, 30 * dayMs, 2)).toEqual([]);
    expect(controller.percentage).toBe(10);
  });
});

describe("an operator", () => {
  const controllerAt = (percentage: number) => new CanaryController({ ...rolloutPolicy, percentage }, undefined, 0);

  test.each([
    ["begins it", 0, 25, { kind: "begin", from: 0, percentage: 25 }, "running"],
    ["raises it", 10, 50, { kind: "set", from: 10, percentage: 50 }, "running"],
    ["takes it back", 10, 0, { kind: "set", from: 10, percentage: 0 }, "idle"],
    ["gives it to all", 10, 100, { kind: "set", from: 10, percentage: 100 }, "promoted"],
  ] as const)("%s", (_name, from, to, decision, phase) => {
    const controller = controllerAt(from);
    expect(controller.set(to, 1, "because")).toMatchObject({ ...decision, reason: "because" });
    expect(controller.phase).toBe(phase);
  });

  test("promotes and aborts", () => {
    const controller = controllerAt(10);
    expect(controller.promote(1, "well")).toMatchObject({ kind: "promote", from: 10, percentage: 100 });
    expect(controller.phase).toBe("promoted");
    expect(controller.abort(2, "not so well")).toMatchObject({ kind: "abort", from: 100, percentage: 0 });
    expect(controller.status(2)).toMatchObject({ phase: "aborted", reason: "not so well" });
  });

  test("who sets a percentage takes no step of the schedule, but begins its time anew", () => {
    const controller = controllerAt(10);
    controller.set(20, dayMs, "faster");
    expect(controller.status(dayMs)).toMatchObject({ step: 1, nextStepAtMs: 3 * dayMs });
  });
});

describe("what is kept", () => {
  const kept = () => {
    const controller = new CanaryController(rolloutPolicy, undefined, 0);
    send(controller, 6_000, dayMs);
    send(controller, 100, 2 * dayMs);
    return controller.state;
  };

  test("goes on after a restart where it was, evidence and all", () => {
    const state = kept();
    const restarted = new CanaryController(rolloutPolicy, JSON.parse(JSON.stringify(state)), 9 * dayMs);
    expect(restarted.state).toEqual(state);
    expect(restarted.percentage).toBe(20);
  });

  test.each([
    ["another name", { name: "other" }, 10],
    ["another salt", { salt: "other" }, 10],
    ["a percentage that was changed in the configuration", { percentage: 50 }, 50],
  ])("does not count for %s", (_name, change, percentage) => {
    const restarted = new CanaryController({ ...rolloutPolicy, ...change }, kept(), 9 * dayMs);
    expect(restarted.state).toMatchObject({ percentage, step: 1, sinceMs: 9 * dayMs });
  });

  test("goes on after a reload, under the new rules", () => {
    const controller = new CanaryController(rolloutPolicy, kept(), 3 * dayMs);
    const rollout = { ...defaultRollout, stepMs: dayMs };
    expect(controller.reconfigure({ ...rolloutPolicy, rollout }, 3 * dayMs)).toBeUndefined();
    expect(controller.status(3 * dayMs)).toMatchObject({ percentage: 20, step: 2, nextStepAtMs: 3 * dayMs });
    const decision = controller.reconfigure({ ...rolloutPolicy, percentage: 50 }, 4 * dayMs);
    expect(decision).toMatchObject({ kind: "begin", from: 20, percentage: 50 });
  });
});
