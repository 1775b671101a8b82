import { isDeepStrictEqual } from "node:util";
import type { RuntimeConfig } from "@meridian/config";
import { anonymous, type Decision, type TenantRights } from "@meridian/core";
import { type PlanResult, planDecision, possibleDecisions } from "@meridian/routing";
import type { DecisionLine, PlanSummary } from "../decisions/decision-line.js";
import { planSummary } from "../decisions/format-decision.js";
import type { LearnedRouting } from "../learned/learned-routing.js";
import { rereadDecision } from "./reread-decision.js";

/** Where a call went, or would go: a plan, or why there is none. */
export type Verdict =
  | { readonly kind: "planned"; readonly plan: PlanSummary }
  /** `reason` is one of the words of docs/errors.md. */
  | { readonly kind: "refused"; readonly reason: string };

/** What another configuration makes of a decision; "unknown": nobody can say, for a reason in few words. */
export type Replayed = Verdict | { readonly kind: "unknown"; readonly reason: string };

/** What of a configuration a decision depends on. */
export type ReplayConfig = Pick<RuntimeConfig, "routing" | "tenants" | "auth">;

/** What was decided when the call came. */
export function recordedVerdict({ plan, outcome }: DecisionLine): Verdict {
  return plan === undefined ? { kind: "refused", reason: outcome.reason ?? outcome.code } : { kind: "planned", plan };
}

/**
 * Decides about a recorded call under a configuration, by the code that decides about calls that come. `learned`: the
 * configuration's learned policy, which is to see the calls in their order.
 */
export function replayDecision(
  { tenant, decision }: DecisionLine,
  config: ReplayConfig,
  learned?: LearnedRouting,
): Replayed {
  const rights = rightsOf(tenant, config);
  if (rights === undefined) return { kind: "unknown", reason: "the configuration does not have the call's tenant" };
  const reread = rereadDecision(decisionFrom(decision), tenant, { policy: config.routing, learned });
  const { decisions, unknown } = possibleDecisions(reread, config.routing);
  const [verdict, ...others] = decisions.map((each) => verdictFrom(planDecision(each, config.routing, rights)));
  const isSure = others.every((other) => isDeepStrictEqual(routeOf(other), routeOf(verdict)));
  return verdict !== undefined && isSure
    ? verdict
    : { kind: "unknown", reason: `nobody knows ${unknown.join(", or ")}` };
}

function rightsOf(tenant: string, { auth, tenants }: ReplayConfig): TenantRights | undefined {
  return auth === undefined ? anonymous.rights : tenants.get(tenant)?.rights;
}

function verdictFrom(result: PlanResult): Verdict {
  if (result.kind === "refused") return { kind: "refused", reason: result.failure.kind };
  return { kind: "planned", plan: planSummary(result.plan) };
}

/** What two plans must have in common to be the same way: reasons and signals may differ. */
function routeOf(verdict: Verdict | undefined): unknown {
  return verdict?.kind === "planned" ? verdict.plan.candidates : verdict;
}

/** What is absent in a line is undefined in a decision. */
function decisionFrom({ features, ...rest }: DecisionLine["decision"]): Decision {
  const { model, alias, temperature, maxTokens, routing } = features;
  const { tier, maxCostNanoUsd } = routing;
  return {
    ...rest,
    features: { ...features, model, alias, temperature, maxTokens, routing: { ...routing, tier, maxCostNanoUsd } },
  };
}
