import type { HandlerContext } from "@connectrpc/connect";
import type { ChatCall, RoutePlan } from "@meridian/core";
import { CallError } from "@meridian/dispatch";
import { locate, planRoute, type TokenPrecision } from "@meridian/routing";
import { type CallContext, callContextKey } from "../call-context.js";
import type { Services } from "../services.js";

/** Locates the caller, and keeps it in the call's context. */
export function locateCaller(handler: HandlerContext, { isTrusted, lookupCountry }: Services) {
  const context = handler.values.get(callContextKey);
  const location = locate({
    header: (name) => handler.requestHeader.get(name) ?? undefined,
    peerAddress: context.peerAddress,
    isTrusted,
    lookupCountry,
  });
  context.location = location;
  return { context, location };
}

/**
 * Locates the caller and plans the route of a call. `precision` says how well the prompt's tokens have to be known.
 *
 * @throws CallError where no deployment may answer
 */
export function planCall(
  call: ChatCall,
  handler: HandlerContext,
  services: Services,
  precision: TokenPrecision,
): { readonly plan: RoutePlan; readonly context: CallContext } {
  const { counter, health, random, config } = services;
  const { context, location } = locateCaller(handler, services);
  const result = planRoute(call, { location, policy: config.routing, health, counter, precision, random });
  if (result.kind === "refused") throw new CallError(result.failure, []);
  context.plan = result.plan;
  return { plan: result.plan, context };
}
