import type { CallFeatures, Endpoint, TenantRights, Tier } from "@meridian/core";
import type { PlanFailure } from "./plan-result.js";

/** Whether a tenant's calls may be answered by a model. */
export function mayUseModel({ models }: Pick<TenantRights, "models">, id: string): boolean {
  return models === undefined || models.includes(id);
}

/** Whether Meridian may choose a tenant's model by a tier. */
export function mayUseTier({ tiers }: Pick<TenantRights, "tiers">, tier: Tier): boolean {
  return tiers === undefined || tiers.includes(tier);
}

/** Why a tenant's calls may not go to an endpoint; undefined: they may. One without a region is in none. */
export function endpointObstacle(
  { endpoints, regions }: Pick<TenantRights, "endpoints" | "regions">,
  { name, region }: Pick<Endpoint, "name" | "region">,
): string | undefined {
  if (endpoints !== undefined && !endpoints.includes(name)) return "the tenant may not use this endpoint";
  if (regions === undefined || (region !== undefined && regions.includes(region))) return undefined;
  return `the tenant may not use endpoints ${region === undefined ? "without a region" : `in ${region}`}`;
}

/** What of a call's own words its tenant may not use; undefined: it may use them all. */
export function rightMissing(
  call: Pick<CallFeatures, "model" | "routing">,
  rights: TenantRights,
): PlanFailure | undefined {
  const { tier } = call.routing;
  if (call.model !== undefined) return mayUseModel(rights, call.model) ? undefined : missing("model", call.model);
  if (tier !== undefined) return mayUseTier(rights, tier) ? undefined : missing("routing.tier", tier);
  return rights.tiers?.length === 0
    ? { kind: "not_allowed", field: "model", reasons: ["the tenant has to name a model, it may use no tier"] }
    : undefined;
}

function missing(field: "model" | "routing.tier", value: string): PlanFailure {
  return { kind: "not_allowed", field, reasons: [`the tenant may not use "${value}"`] };
}

const tierOrder: readonly Tier[] = ["low", "medium", "high"];

/**
 * The tier that a call is routed by where the prompt's is not the tenant's: the nearest one below that is, else the
 * nearest above. Undefined: the tenant has none.
 */
export function nearestTier(rights: Pick<TenantRights, "tiers">, tier: Tier): Tier | undefined {
  const place = tierOrder.indexOf(tier);
  const nearest = [tier, ...tierOrder.slice(0, place).reverse(), ...tierOrder.slice(place + 1)];
  return nearest.find((each) => mayUseTier(rights, each));
}
