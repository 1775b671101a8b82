import type { HandlerContext } from "@connectrpc/connect";
import type { ChatCall, RoutePlan } from "@meridian/core";
import { CallError } from "@meridian/dispatch";
import { locate, planRoute, type TokenPrecision } from "@meridian/routing";
import { type CallContext, callContextKey } from "../call-context.js";
import type { Services } from "../services.js";

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
  const { isTrusted, lookupCountry, counter, health, config } = services;
  const context = handler.values.get(callContextKey);
  // The request has been decoded: its bytes are of no use any more.
  context.received = undefined;
  context.location = locate({
    header: (name) => handler.requestHeader.get(name) ?? undefined,
    peerAddress: context.peerAddress,
    isTrusted,
    lookupCountry,
  });
  const result = planRoute(call, context.location, config.routing, health, counter, precision);
  if (result.kind === "refused") throw new CallError(result.failure, []);
  context.plan = result.plan;
  return { plan: result.plan, context };
}
