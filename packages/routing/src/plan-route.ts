import type {
  BreakerState,
  CallFeatures,
  Candidate,
  Credential,
  Endpoint,
  ExcludedCandidate,
  HealthSnapshot,
  Location,
  Model,
  RoutingPolicy,
  TenantRights,
} from "@meridian/core";
import { sideOf } from "./canary.js";
import { chooseModel, regionRuleOf } from "./choose-model.js";
import { estimateCost } from "./estimate-cost.js";
import { modelChain, unknownModel } from "./model-chain.js";
import type { PlanFailure, PlanResult } from "./plan-result.js";
import { type RankedEndpoint, rankEndpoints } from "./rank-endpoints.js";
import { rightMissing } from "./tenant-rights.js";

/** What a plan depends on besides the call. */
export interface PlanContext {
  readonly location: Location;
  readonly policy: RoutingPolicy;
  /** The share of the users that are on the canary's side now, 0 to 100. */
  readonly canaryPercentage: number;
  /** What the call's tenant may use. A fallback never leaves it. */
  readonly rights: TenantRights;
  readonly health: HealthSnapshot;
  /** The time whose prices count, in milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs: number;
  /** Gives a number of [0, 1): which of several equal endpoints come first. */
  readonly random: () => number;
}

/**
 * Where a call of these features may go, in order, and why; see docs/routing.md. The same arguments and numbers give the
 * same plan.
 *
 * The candidates are the models of the chain in order, each at its best endpoints; those whose circuit breaker is open
 * come after all others, in the same order. Throws a `TypeError` where the policy has no "DEFAULT" region.
 */
export function planRoute(call: CallFeatures, context: PlanContext): PlanResult {
  const { location, policy, canaryPercentage, rights, health, timeOfDayMs, random } = context;
  const unknown = unknownModel(call, policy);
  if (unknown !== undefined) return refused({ kind: "unknown_model", ...unknown }, location);
  const missing = rightMissing(call, rights);
  if (missing !== undefined) return refused(missing, location);
  const region = regionRuleOf(location.country, policy);
  const maxTokens = call.maxTokens ?? region.maxTokens ?? policy.defaultMaxTokens;
  const cohort = sideOf(call, canaryPercentage);
  const choice = chooseModel(call, { location, cohort, rights }, policy);
  const chain = modelChain(call, choice, policy, rights);

  const { excluded } = chain;
  const ready: Candidate[] = [];
  const open: Candidate[] = [];
  for (const { model, reason } of chain.links) {
    const estimate = () => estimateCost(call, maxTokens, model, timeOfDayMs);
    const tooDear = aboveLimit(estimate, call.routing.maxCostNanoUsd);
    if (tooDear !== undefined) {
      excluded.push({ model: model.id, endpoint: undefined, reason: tooDear });
      continue;
    }
    const ranking = rankEndpoints(model, cohort, policy, rights, health, random);
    for (const each of ranking.excluded) excluded.push(each);
    for (const place of ranking.ranked)
      (place.breaker === "open" ? open : ready).push(new PlannedCandidate(model, reason, place, estimate));
  }
  const candidates = open.length === 0 ? ready : [...ready, ...open];
  const first = candidates[0];
  if (first === undefined) {
    const reasons = excluded.map(describeExcluded);
    const failure = excluded.some(({ byRights }) => byRights)
      ? ({ kind: "not_allowed", field: undefined, reasons } as const)
      : ({ kind: "no_candidate", excluded: reasons } as const);
    return refused(failure, location, excluded);
  }
  const isReplaced = !candidates.some(({ model }) => model.id === choice.model);
  return {
    kind: "planned",
    plan: {
      location,
      tier: choice.tier,
      signals: choice.signals,
      reasons: isReplaced
        ? [...choice.reasons, `${first.model.id} instead: ${choice.model} is left out`]
        : choice.reasons,
      model: isReplaced ? first.model.id : choice.model,
      canaryBucket: call.canaryBucket,
      cohort,
      hasUser: call.hasUser,
      temperature: call.temperature ?? region.temperature ?? policy.defaultTemperature,
      maxTokens,
      candidates,
      excluded,
    },
  };
}

/** A class: each call has some, and its cost is reckoned, and its reason put into words, only for those who ask. */
class PlannedCandidate implements Candidate {
  readonly model: Model;
  readonly #estimate: () => bigint;
  readonly #modelReason: string;
  readonly #place: RankedEndpoint;

  constructor(model: Model, modelReason: string, place: RankedEndpoint, estimate: () => bigint) {
    this.model = model;
    this.#estimate = estimate;
    this.#modelReason = modelReason;
    this.#place = place;
  }

  get estimatedCostNanoUsd(): bigint {
    return this.#estimate();
  }

  get endpoint(): Endpoint {
    return this.#place.endpoint;
  }

  get credentials(): readonly Credential[] {
    return this.#place.credentials;
  }

  get breaker(): BreakerState {
    return this.#place.breaker;
  }

  get latencyMs(): number | undefined {
    return this.#place.latencyMs;
  }

  get reason(): string {
    return `${this.#modelReason}; ${this.#place.reason}`;
  }
}

function refused(failure: PlanFailure, location: Location, excluded: readonly ExcludedCandidate[] = []): PlanResult {
  return { kind: "refused", failure, location, excluded };
}

function aboveLimit(estimate: () => bigint, limitNanoUsd: bigint | undefined): string | undefined {
  if (limitNanoUsd === undefined) return undefined;
  const costNanoUsd = estimate();
  if (costNanoUsd <= limitNanoUsd) return undefined;
  return `its estimate of ${costNanoUsd} nano-USD is above routing.max_cost_nano_usd, ${limitNanoUsd}`;
}

function describeExcluded({ model, endpoint, reason }: ExcludedCandidate): string {
  return `${model}${endpoint === undefined ? "" : ` at ${endpoint}`}: ${reason}`;
}
