import type { ChatCall, Location, RoutePlan } from "@meridian/core";
import { CallError } from "@meridian/dispatch";
import { featuresOf, locate, planRoute, type TokenPrecision } from "@meridian/routing";
import type { CallScope } from "../call-scope.js";
import type { Services } from "../services.js";

/** Locates the caller, and keeps it in the call's context. */
export function locateCaller({ context, requestHeader }: CallScope, { isTrusted, lookupCountry }: Services): Location {
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
 * prompt's tokens have to be known.
 *
 * @throws CallError where no deployment may answer
 */
export function planCall(call: ChatCall, scope: CallScope, services: Services, precision: TokenPrecision): RoutePlan {
  const { counter, health, random, config } = services;
  const { rights } = scope.context.tenant;
  const location = locateCaller(scope, services);
  const { routing: policy } = config;
  const features = featuresOf(call, policy, counter, precision);
  const canaryPercentage = services.canary.percentage();
  const timeOfDayMs = services.timeOfDayMs();
  const result = planRoute(features, { location, policy, canaryPercentage, rights, health, timeOfDayMs, random });
  if (result.kind === "refused") throw new CallError(result.failure, []);
  scope.context.plan = result.plan;
  return result.plan;
}
