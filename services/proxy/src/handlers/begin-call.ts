import { type ChatCall, createDeadline, type RoutePlan } from "@meridian/core";
import type { CallJob, DispatchDependencies } from "@meridian/dispatch";
import { askCache, type CallCache } from "../cache/call-cache.js";
import type { CallScope } from "../call-scope.js";
import type { Services } from "../services.js";
import { endWithCaller } from "./end-with-caller.js";
import { planCall } from "./plan-call.js";
import { hasLimits, hasSizeLimits, type ReservedCall, reserveCall } from "./reserve-call.js";

/** A call that is ready to be carried out. */
export interface BegunCall {
  readonly job: CallJob;
  readonly dependencies: DispatchDependencies;
  readonly cache: CallCache;
  /** Counts it as a request of its tenant, though no attempt was made for it alone. */
  countRequest(): void;
  /** To be called when the call is over, however it ended. */
  release(): void;
}

/**
 * From call to job: its route, and its deadline, which is the caller's or the default, and at most the maximum; within the
 * limits of its tenant. A promise only where something has to be waited for: each costs what a timer does.
 *
 * @throws CallError where no deployment may answer, or a limit of the tenant's is reached
 */
export function beginCall(call: ChatCall, scope: CallScope, services: Services): BegunCall | Promise<BegunCall> {
  const { tenant } = scope.context;
  const precision = isSampled(services) ? "recorded" : hasSizeLimits(tenant) ? "counted" : "decided";
  const plan = planCall(call, scope, services, precision);
  if (plan.signals.learned !== undefined) services.learned?.count(tenant.name, plan.signals.learned);
  const asked = askCache(call, plan, tenant, services);
  return asked instanceof Promise
    ? asked.then((cache) => beginJob(call, plan, cache, scope, services))
    : beginJob(call, plan, asked, scope, services);
}

function beginJob(
  call: ChatCall,
  plan: RoutePlan,
  cache: CallCache,
  scope: CallScope,
  services: Services,
): BegunCall | Promise<BegunCall> {
  const { config, clock, dispatch: dependencies } = services;
  const { context } = scope;
  context.cache =
    cache.result === "hit" ? { result: "hit", savedCostNanoUsd: cache.kept.costNanoUsd } : { result: cache.result };
  const budgetMs = Math.min(scope.timeoutMs ?? config.deadline.defaultMs, config.deadline.maximumMs);
  const deadline = createDeadline(clock, budgetMs);
  const unlink = endWithCaller(deadline, scope.signal, services.shutdown);
  const freeDeadline = () => {
    unlink();
    deadline.release();
  };
  const begun = (reserved?: ReservedCall): BegunCall => ({
    job: {
      call,
      plan,
      deadline,
      arrivedAtMs: context.arrivedAtMs,
      traceAttempt: (attempt) => context.trace?.beginAttempt(attempt),
      ...(reserved === undefined ? {} : { onAttempt: reserved.onAttempt }),
    },
    dependencies,
    cache,
    countRequest: () => reserved?.countRequest(),
    release() {
      freeDeadline();
      reserved?.release();
    },
  });
  if (!hasLimits(context.tenant)) return begun();
  const reserving = reserveCall({ call, plan, deadline, scope, isAnswered: cache.result === "hit" }, services);
  return reserving.then(begun, (error: unknown) => {
    freeDeadline();
    throw error;
  });
}

/** Whether the decision about a call is recorded. */
function isSampled({ config: { decisions }, random }: Pick<Services, "config" | "random">): boolean {
  if (decisions === undefined) return false;
  return decisions.sample === 1 || random() < decisions.sample;
}
