import { type ChatCall, createDeadline } from "@meridian/core";
import type { CallJob, DispatchDependencies } from "@meridian/dispatch";
import { askCache, type CallCache } from "../cache/call-cache.js";
import type { CallScope } from "../call-scope.js";
import type { Services } from "../services.js";
import { endWithCaller } from "./end-with-caller.js";
import { planCall } from "./plan-call.js";
import { hasLimits, hasSizeLimits, reserveCall } from "./reserve-call.js";

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
 * limits of its tenant.
 *
 * @throws CallError where no deployment may answer, or a limit of the tenant's is reached
 */
export async function beginCall(call: ChatCall, scope: CallScope, services: Services): Promise<BegunCall> {
  const { config, clock, dispatch: dependencies } = services;
  const { tenant } = scope.context;
  const precision = isSampled(services) ? "recorded" : hasSizeLimits(tenant) ? "counted" : "decided";
  const plan = planCall(call, scope, services, precision);
  if (plan.signals.learned !== undefined) services.learned?.count(tenant.name, plan.signals.learned);
  const asked = askCache(call, plan, tenant, services);
  const cache = asked instanceof Promise ? await asked : asked;
  scope.context.cache =
    cache.result === "hit" ? { result: "hit", savedCostNanoUsd: cache.kept.costNanoUsd } : { result: cache.result };
  const budgetMs = Math.min(scope.timeoutMs ?? config.deadline.defaultMs, config.deadline.maximumMs);
  const deadline = createDeadline(clock, budgetMs);
  const unlink = endWithCaller(deadline, scope.signal, services.shutdown);
  const freeDeadline = () => {
    unlink();
    deadline.release();
  };
  const reserved = hasLimits(tenant)
    ? await reserveCall({ call, plan, deadline, scope, isAnswered: cache.result === "hit" }, services).catch(
        (error: unknown) => {
          freeDeadline();
          throw error;
        },
      )
    : undefined;
  return {
    job: {
      call,
      plan,
      deadline,
      arrivedAtMs: scope.context.arrivedAtMs,
      traceAttempt: (attempt) => scope.context.trace?.beginAttempt(attempt),
      ...(reserved === undefined ? {} : { onAttempt: reserved.onAttempt }),
    },
    dependencies,
    cache,
    countRequest: () => reserved?.countRequest(),
    release() {
      freeDeadline();
      reserved?.release();
    },
  };
}

/** Whether the decision about a call is recorded. */
function isSampled({ config: { decisions }, random }: Pick<Services, "config" | "random">): boolean {
  if (decisions === undefined) return false;
  return decisions.sample === 1 || random() < decisions.sample;
}
