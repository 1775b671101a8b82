import type { CanaryPhase, CanaryPolicy } from "@meridian/core";
import { type CanaryObservation, CohortComparison, type ComparisonState, newComparison } from "./cohort-comparison.js";
import { describeMismatch, describePassed, describeWaiting } from "./describe-comparison.js";

/** Where a canary stands. Plain data: it survives a restart. */
export interface CanaryState {
  readonly name: string;
  readonly salt: string;
  /** What the configuration said when this was decided: another percentage there counts as a new decision. */
  readonly configuredPercentage: number;
  readonly phase: CanaryPhase;
  /** 0 to 100, with two decimals. */
  readonly percentage: number;
  /** The step of its schedule, from 1. */
  readonly step: number;
  /** When the percentage changed last, in milliseconds since 1970-01-01 UTC. */
  readonly sinceMs: number;
  /** Why, in one sentence. */
  readonly reason: string;
  readonly comparison: ComparisonState;
}

/** A change of the percentage. */
export interface CanaryDecision {
  readonly kind: "begin" | "step" | "promote" | "abort" | "set";
  readonly canary: string;
  readonly from: number;
  readonly percentage: number;
  readonly reason: string;
}

/** What an operator sees. */
export interface CanaryStatus extends CanaryState {
  /** When the next step may begin; undefined where none will. */
  readonly nextStepAtMs: number | undefined;
  /** What the next step waits for; undefined where there is none. */
  readonly waitsFor: string | undefined;
}

/**
 * Decides how many users have the canary. Every call is told to it; it has no clock and does no IO, so the same calls at the
 * same times make the same decisions.
 *
 * States: idle (0 %) -> running -> promoted (100 %), or running -> aborted (0 %). An operator may go from any to any.
 * Under a `rollout` policy it steps up when a step has lasted and both tests have passed in it, waits where there are too
 * few calls to tell, and aborts at once where the canary is worse. Without one only operators change it.
 */
export class CanaryController {
  #policy: CanaryPolicy;
  #state: Omit<CanaryState, "comparison">;
  #comparison: CohortComparison | undefined;

  /**
   * @param kept the state before a restart; it counts where it is of the same canary and the configured percentage has not
   *   been changed since
   */
  constructor(policy: CanaryPolicy, kept: CanaryState | undefined, nowMs: number) {
    this.#policy = policy;
    const isSame = kept?.name === policy.name && kept.salt === policy.salt;
    this.#state = isSame ? kept : stateAt(policy, policy.percentage, 1, nowMs, configured);
    this.#comparison = comparisonOf(policy, isSame ? kept?.comparison : undefined);
    if (this.#state.configuredPercentage !== policy.percentage) this.#begin(policy.percentage, nowMs, configured);
  }

  /** The share of the users that have it now, 0 to 100. */
  get percentage(): number {
    return this.#state.percentage;
  }

  get phase(): CanaryPhase {
    return this.#state.phase;
  }

  /** What is to be kept over a restart. */
  get state(): CanaryState {
    return { ...this.#state, comparison: this.#comparison?.state ?? newComparison };
  }

  /** What an operator sees at this time of day. */
  status(nowMs: number): CanaryStatus {
    const { rollout } = this.#policy;
    const goesOn = rollout !== undefined && this.#state.phase === "running";
    const nextStepAtMs = goesOn ? this.#state.sinceMs + rollout.stepMs : undefined;
    const isDue = nextStepAtMs !== undefined && nowMs >= nextStepAtMs;
    const waitsFor = isDue ? describeWaiting(this.state.comparison) : goesOn ? "the end of its time" : undefined;
    return { ...this.state, nextStepAtMs, waitsFor };
  }

  /** Adds a call that has ended. Gives the decision that it led to, if any. */
  observe(observation: CanaryObservation, nowMs: number): CanaryDecision | undefined {
    const comparison = this.#comparison;
    const { rollout } = this.#policy;
    if (comparison === undefined || rollout === undefined || this.#state.phase !== "running") return undefined;
    const mismatch = comparison.observe(observation);
    if (mismatch !== undefined) {
      const p95Ms = { unary: comparison.p95Ms("unary"), stream: comparison.p95Ms("stream") };
      return this.#change("abort", 0, nowMs, describeMismatch(mismatch, comparison.state, p95Ms));
    }
    if (nowMs < this.#state.sinceMs + rollout.stepMs || !comparison.isPassed) return undefined;
    const isLast = this.#state.step * rollout.stepMs >= rollout.fullAfterMs;
    const next = isLast ? 100 : Math.min(100, this.#state.percentage + rollout.stepPoints);
    return this.#change(next === 100 ? "promote" : "step", next, nowMs, describePassed(comparison.state));
  }

  /** An operator's percentage. A canary that does not run begins anew with it. */
  set(percentage: number, nowMs: number, reason: string): CanaryDecision {
    const isBeginning = this.#state.phase !== "running" && percentage > 0 && percentage < 100;
    return isBeginning ? this.#begin(percentage, nowMs, reason) : this.#change("set", percentage, nowMs, reason);
  }

  /** An operator's promotion to 100 %. */
  promote(nowMs: number, reason: string): CanaryDecision {
    return this.#change("promote", 100, nowMs, reason);
  }

  /** An operator's abort: back to 0 %. */
  abort(nowMs: number, reason: string): CanaryDecision {
    return this.#change("abort", 0, nowMs, reason);
  }

  /** Takes another policy, after a reload. Gives the decision that it led to, if any. */
  reconfigure(policy: CanaryPolicy, nowMs: number): CanaryDecision | undefined {
    const { name, salt, configuredPercentage } = this.#state;
    const before = this.#comparison?.state;
    this.#policy = policy;
    this.#comparison = comparisonOf(policy, before);
    const isSame = name === policy.name && salt === policy.salt && configuredPercentage === policy.percentage;
    return isSame ? undefined : this.#begin(policy.percentage, nowMs, configured);
  }

  #begin(percentage: number, nowMs: number, reason: string): CanaryDecision {
    const from = this.#state.percentage;
    this.#state = stateAt(this.#policy, percentage, 1, nowMs, reason);
    this.#comparison = comparisonOf(this.#policy, undefined);
    return { kind: "begin", canary: this.#policy.name, from, percentage, reason };
  }

  #change(kind: CanaryDecision["kind"], percentage: number, nowMs: number, reason: string): CanaryDecision {
    const from = this.#state.percentage;
    // What an operator sets takes no step of the schedule.
    const step = this.#state.step + (kind === "step" ? 1 : 0);
    const { phase, ...state } = stateAt(this.#policy, percentage, step, nowMs, reason);
    this.#state = { ...state, phase: kind === "abort" ? "aborted" : phase };
    // What led to an abort stays to be seen.
    if (kind !== "abort") this.#comparison?.beginStep();
    return { kind, canary: this.#policy.name, from, percentage, reason };
  }
}

const configured = "the configuration says so";

function comparisonOf({ rollout }: CanaryPolicy, kept: ComparisonState | undefined): CohortComparison | undefined {
  return rollout === undefined ? undefined : new CohortComparison(rollout, kept);
}

function stateAt(
  { name, salt, percentage: configuredPercentage }: CanaryPolicy,
  percentage: number,
  step: number,
  sinceMs: number,
  reason: string,
): Omit<CanaryState, "comparison"> {
  const phase = percentage === 0 ? "idle" : percentage === 100 ? "promoted" : "running";
  return { name, salt, configuredPercentage, phase, percentage, step, sinceMs, reason };
}
