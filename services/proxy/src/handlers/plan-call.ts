import type { ChatCall, Decision, Location, RoutePlan } from "@meridian/core";
import { CallError } from "@meridian/dispatch";
import { featuresOf, locate, planDecision, planRoute, type TokenPrecision, takeHealth } from "@meridian/routing";
import type { CallScope } from "../call-scope.js";
import { readFeatures } from "../learned/read-features.js";
import type { Services } from "../services.js";

/** What of the services planning needs. */
type PlanServices = Pick<
  Services,
  "counter" | "config" | "health" | "random" | "timeOfDayMs" | "canary" | "isTrusted" | "lookupCountry" | "learned"
>;

/** Locates the caller, and keeps it in the call's context. */
export function locateCaller(
  { context, requestHeader }: Pick<CallScope, "context" | "requestHeader">,
  { isTrusted, lookupCountry }: Pick<Services, "isTrusted" | "lookupCountry">,
): Location {
  const location = locate({
    header: (name) => requestHeader.get(name) ?? undefined,
    peerAddress: context.peerAddress,
    isTrusted,
    lookupCountry,
  });
  context.location = location;
  return location;
}

/**
 * Locates the caller and plans the route of a call, which stays in the call's context. `precision` says how well the
 * prompt's tokens have to be known; with "recorded" all that the plan is made from stays in the context too.
 *
 * @throws CallError where no deployment may answer
 */
export function planCall(
  call: ChatCall,
  scope: Pick<CallScope, "context" | "requestHeader">,
  services: PlanServices,
  precision: TokenPrecision,
): RoutePlan {
  const { counter, config, health, random } = services;
  const { context } = scope;
  const { rights } = context.tenant;
  const { routing: policy } = config;
  const location = locateCaller(scope, services);
  const canaryPercentage = services.canary.percentage();
  const timeOfDayMs = services.timeOfDayMs();
  const features = readFeatures(
    featuresOf(call, policy, counter, precision),
    call.question,
    { country: location.country, tenant: context.tenant.name, timeOfDayMs },
    { policy, learned: services.learned },
  );
  const plan = () => planRoute(features, { location, policy, canaryPercentage, rights, health, timeOfDayMs, random });
  const planRecorded = () => {
    const { country, source } = location;
    const { name, salt, percentage } = policy.canary;
    const decision: Decision = {
      features,
      location: { country, source },
      canary: { name, salt, percentage, currentPercentage: canaryPercentage },
      health: takeHealth(policy, health),
      timeOfDayMs,
      seed: Math.floor(random() * 2 ** 32),
    };
    const result = planDecision(decision, policy, rights, location.clientAddress);
    // A name that the configuration does not have is whatever the caller has written: it is not kept.
    if (result.kind === "planned" || result.failure.kind !== "unknown_model") context.decision = decision;
    return result;
  };
  const result = precision === "recorded" ? planRecorded() : plan();
  if (result.kind === "refused") throw new CallError(result.failure, []);
  context.plan = result.plan;
  return result.plan;
}
