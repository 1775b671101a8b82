import type {
  CallFeatures,
  Cohort,
  Location,
  RegionRule,
  RoutingPolicy,
  TenantRights,
  Tier,
  TierSignals,
} from "@meridian/core";
import { classify, tokenSignals } from "./classify.js";
import { classifyLearned } from "./classify-learned.js";
import { defaultCountry } from "./locate.js";
import { mayUseModel, nearestTier } from "./tenant-rights.js";

/** The model that a call should be answered by, before anything is left out. */
export interface ModelChoice {
  /** The model's id. */
  readonly model: string;
  /** Why this model, for the candidates' reasons. */
  readonly reason: string;
  /** Undefined for a pinned model. */
  readonly tier: Tier | undefined;
  readonly signals: TierSignals;
  /** Why this tier and this model. */
  readonly reasons: readonly string[];
}

/** What callers of a country get; throws a `TypeError` where the policy breaks its promise of a "DEFAULT" rule. */
export function regionRuleOf(country: string, policy: Pick<RoutingPolicy, "regions">): RegionRule {
  const rule = policy.regions.get(country) ?? policy.regions.get(defaultCountry);
  if (rule === undefined) throw new TypeError(`the routing policy has no region rule ${defaultCountry}`);
  return rule;
}

/** Whom a model is chosen for. */
export interface ChoiceCaller {
  readonly location: Location;
  readonly cohort: Cohort;
  readonly rights: TenantRights;
}

/**
 * Chooses the model: the pinned one, else that of the tier, which the caller forces or the prompt decides. Users of the
 * canary get the model that it has in that one's place, if it has one and the tenant may use it.
 * Where the prompt's tier is not the tenant's, the nearest one of the tenant's takes its place.
 */
export function chooseModel(call: CallFeatures, caller: ChoiceCaller, policy: RoutingPolicy): ModelChoice {
  if (call.model !== undefined) {
    return {
      model: call.model,
      reason: "the model that the caller names",
      tier: undefined,
      signals: signalsWithoutWords("pinned", call),
      reasons: [`the caller names ${call.model}`],
    };
  }
  const forced = call.routing.tier;
  if (forced !== undefined) {
    const signals = signalsWithoutWords("forced", call);
    return modelOfTier(forced, signals, [`${forced} tier: the caller asks for it`], caller, policy);
  }
  const { tier, signals, reasons } =
    policy.policy === "learned" ? classifyLearned(call.prompt) : classify(call.prompt, policy.keywords);
  const own = nearestTier(caller.rights, tier) ?? tier;
  const tierReasons = own === tier ? reasons : [...reasons, `${own} tier instead: the tenant may not use ${tier}`];
  return modelOfTier(own, signals, tierReasons, caller, policy);
}

function modelOfTier(
  tier: Tier,
  signals: TierSignals,
  tierReasons: readonly string[],
  { location, cohort, rights }: ChoiceCaller,
  policy: RoutingPolicy,
): ModelChoice {
  const usual = tier === "medium" ? regionRuleOf(location.country, policy).model : policy.tierModels[tier];
  const usualReason = tier === "medium" ? regionReason(location, policy) : `the model of the ${tier} tier`;
  const canaryModel = cohort === "canary" ? policy.canary.models.get(usual) : undefined;
  const replacement = canaryModel !== undefined && mayUseModel(rights, canaryModel) ? canaryModel : undefined;
  const model = replacement ?? usual;
  const reason = replacement === undefined ? usualReason : `the canary's model in place of ${usual}, ${usualReason}`;
  return { model, reason, tier, signals, reasons: [...tierReasons, `${model}: ${reason}`] };
}

function regionReason({ country }: Location, policy: RoutingPolicy): string {
  if (country === defaultCountry) return "the default region's model, the country is not known";
  if (policy.regions.has(country)) return `the region's model for ${country}`;
  return `the default region's model, ${country} has no rule`;
}

function signalsWithoutWords(policy: "pinned" | "forced", { prompt }: CallFeatures): TierSignals {
  return { policy, ...tokenSignals(prompt), lowWords: [], highWords: [] };
}
