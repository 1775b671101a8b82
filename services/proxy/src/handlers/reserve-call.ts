import type { Attempt, ChatCall, Deadline, RoutePlan, Tenant, TenantLimits } from "@meridian/core";
import { CallError } from "@meridian/dispatch";
import type { CallScope } from "../call-scope.js";
import type { Reservation } from "../limits/tenant-limiter.js";
import type { Services } from "../services.js";

/** What is reserved for a call of a tenant with limits. */
export interface ReservedCall {
  /** Counts what an attempt has used. */
  onAttempt(attempt: Attempt): void;
  /** Counts it as made, though it has no attempts. */
  countRequest(): void;
  /** To be called when the call is over, however it ended. */
  release(): void;
}

/** The call, planned, and whose it is. */
export interface CallToReserve {
  readonly call: ChatCall;
  readonly plan: RoutePlan;
  readonly deadline: Deadline;
  readonly scope: CallScope;
  /** Whether its answer is there already: it counts as a request, and uses nothing else. */
  readonly isAnswered: boolean;
}

/** What a lease has on top of the call's deadline: for the end of the call, and for clocks that differ. */
const leaseMarginMs = 10_000;
/** How long a call that is over may take to end by itself, before it is settled with what is known, in milliseconds. */
const farewellMs = 1_000;

/** Whether a tenant has limits at all. */
export function hasLimits({ limits }: Tenant): boolean {
  let isLimited = limited.get(limits);
  if (isLimited === undefined) {
    isLimited = Object.values(limits).some((limit) => limit !== undefined);
    limited.set(limits, isLimited);
  }
  return isLimited;
}

/** By the limits of a tenant: a configuration is frozen, and they are looked at once. */
const limited = new WeakMap<TenantLimits, boolean>();

/** Whether the size of its calls counts: then their prompts are counted, not guessed. */
export function hasSizeLimits({ limits: { tokensPerMinute, nanoUsdPerDay, nanoUsdPerMonth } }: Tenant): boolean {
  return tokensPerMinute !== undefined || nanoUsdPerDay !== undefined || nanoUsdPerMonth !== undefined;
}

/**
 * Reserves what a call may use at most: the dearest candidate's estimate, and the prompt's tokens with the largest answer
 * allowed. It is settled at what all attempts have used; where there were none, it counts as not made, but for a call
 * whose answer was there.
 *
 * @throws CallError where a limit is reached
 */
export async function reserveCall(
  { call, plan, deadline, scope, isAnswered }: CallToReserve,
  { tenantLimiter, clock, dispatch: { countTokens } }: Pick<Services, "tenantLimiter" | "clock" | "dispatch">,
): Promise<ReservedCall> {
  const { context } = scope;
  const { tenant } = context;
  const promptTokens = isAnswered || tenant.limits.tokensPerMinute === undefined ? 0 : countTokens(call.texts);
  const result = await tenantLimiter.reserve({
    tenant,
    tokens: isAnswered ? 0 : promptTokens + plan.maxTokens * call.choices,
    costNanoUsd: isAnswered ? 0n : dearestOf(plan),
    leaseMs: deadline.remainingMs() + leaseMarginMs,
  });
  context.tenantState = result.state;
  if (result.kind === "refused") throw new CallError({ kind: "tenant_limit", ...result.reached }, []);
  return followReserved(result.reservation, deadline, clock, isAnswered);
}

function dearestOf({ candidates }: RoutePlan): bigint {
  let dearest = 0n;
  for (const { estimatedCostNanoUsd: cost } of candidates) if (cost > dearest) dearest = cost;
  return dearest;
}

function followReserved(
  reservation: Reservation,
  { signal }: Deadline,
  clock: Services["clock"],
  isAnswered: boolean,
): ReservedCall {
  let attempts = 0;
  let isCounted = isAnswered;
  let tokens = 0;
  let costNanoUsd = 0n;
  let cancelFarewell = () => {};
  const end = () => {
    signal.removeEventListener("abort", onOver);
    cancelFarewell();
    void (attempts === 0 && !isCounted ? reservation.release() : reservation.settle({ tokens, costNanoUsd }));
  };
  // A caller that has stopped reading leaves its call hanging, and nobody comes to release it.
  const onOver = () => {
    cancelFarewell = clock.schedule(farewellMs, end);
  };
  signal.addEventListener("abort", onOver);
  if (signal.aborted) onOver();
  return {
    onAttempt(attempt) {
      attempts += 1;
      tokens += (attempt.usage?.promptTokens ?? 0) + (attempt.usage?.completionTokens ?? 0);
      costNanoUsd += attempt.costNanoUsd;
    },
    countRequest() {
      isCounted = true;
    },
    release: end,
  };
}
