import type { CanaryPolicy, Cohort, RolloutPolicy } from "@meridian/core";
import { CanaryController, type CanaryDecision } from "../rollout/canary-controller.js";
import { sampleCanary } from "./sample-policy.js";

/** What calls of one side are like. */
export interface SimulatedSide {
  /** The share of calls that fail. */
  readonly errorRate: number;
  /** Latencies of answers, from which each call draws one. */
  readonly latenciesMs: readonly number[];
}

/** A rollout to simulate. */
export interface SimulatedRollout {
  readonly baseline: SimulatedSide;
  readonly canary: SimulatedSide;
  readonly seed: number;
  /** Calls of both sides in the time of one step. */
  readonly callsPerStep: number;
  /** The rollout is left there where nothing was decided. */
  readonly maxCalls: number;
  /** From this call on the canary is as `canary` says; before, as the baseline is. Default 0. */
  readonly turnsAtCall?: number;
}

/** What came of it. */
export interface RolloutEnd {
  readonly decision: CanaryDecision["kind"] | "none";
  readonly reason: string;
  /** Calls of both sides, and those of the canary, until then. */
  readonly calls: number;
  readonly canaryCalls: number;
  readonly percentages: readonly number[];
}

const hourMs = 3_600_000;

/** The defaults of the configuration. */
export const defaultRollout: RolloutPolicy = {
  stepPoints: 10,
  stepMs: 48 * hourMs,
  fullAfterMs: 14 * 24 * hourMs,
  errorPoints: 2,
  latencyPercent: 30,
  falseAbortPercent: 5,
};

/** A canary that starts at 10 % and goes on by itself. */
export const rolloutPolicy: CanaryPolicy = sampleCanary({ percentage: 10, rollout: defaultRollout });

/** Latencies as services have them: log-normal with a median of 400 ms and a p95 of 1,070 ms. */
export const usualLatenciesMs: readonly number[] = drawLatenciesMs(20_000);

function drawLatenciesMs(count: number): readonly number[] {
  const random = seededRandom(1);
  // Box and Muller's transform of two uniform numbers into a normal one.
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, () => 400 * Math.exp(0.6 * normal()));
}

/** Sends calls through a controller until the canary is promoted or aborted. */
export function simulateRollout(rollout: SimulatedRollout): RolloutEnd {
  const { callsPerStep, maxCalls, turnsAtCall = 0 } = rollout;
  const random = seededRandom(rollout.seed);
  const controller = new CanaryController(rolloutPolicy, undefined, 0);
  const percentages = [controller.percentage];
  let canaryCalls = 0;
  for (let calls = 1; calls <= maxCalls; calls += 1) {
    const cohort: Cohort = random() * 100 < controller.percentage ? "canary" : "baseline";
    const side = calls < turnsAtCall ? rollout.baseline : rollout[cohort];
    if (cohort === "canary") canaryCalls += 1;
    const isFailed = random() < side.errorRate;
    const ms = side.latenciesMs[Math.floor(random() * side.latenciesMs.length)];
    const latency = isFailed || ms === undefined ? undefined : ({ transport: "unary", ms } as const);
    const decision = controller.observe({ cohort, isFailed, latency }, (calls / callsPerStep) * defaultRollout.stepMs);
    if (decision === undefined) continue;
    percentages.push(decision.percentage);
    if (decision.kind === "step") continue;
    return { decision: decision.kind, reason: decision.reason, calls, canaryCalls, percentages };
  }
  return { decision: "none", reason: "", calls: maxCalls, canaryCalls, percentages };
}

/** Numbers of [0, 1) that are the same in every run: Mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
