import type { Deployment } from "@meridian/core";
import type { CallContext } from "../call-context.js";
import type { Services } from "../services.js";
import { setRateLimitHeaders } from "./rate-limit-headers.js";

/**
 * Sets what the route report has room for in headers: `x-meridian-attempts`, `x-meridian-cost-nano-usd`, `x-meridian-cache`, and how far the
 * limits of the tenant, or of the answering model, are used. `answering` is who answers while its attempt runs: what that costs nobody knows
 * yet, so that the cost is left out.
 */
export function setRouteHeaders(
  answer: Pick<Headers, "set">,
  { plan, attempts, cache, tenantState }: CallContext,
  services: Pick<Services, "dispatch">,
  answering?: Deployment,
): void {
  if (plan === undefined) return;
  answer.set("x-meridian-attempts", String(attempts.length + (answering === undefined ? 0 : 1)));
  if (cache !== undefined) answer.set("x-meridian-cache", cache.result);
  const costNanoUsd = attempts.reduce((sum, attempt) => sum + attempt.costNanoUsd, 0n);
  if (answering === undefined) answer.set("x-meridian-cost-nano-usd", String(costNanoUsd));
  const deployment = answering ?? attempts.at(-1)?.deployment;
  setRateLimitHeaders(answer, deployment?.model, services.dispatch, tenantState);
}
