import type { HandlerContext } from "@connectrpc/connect";
import { createDeadline } from "@meridian/core";
import type { CallJob, DispatchDependencies } from "@meridian/dispatch";
import type { ChatRequest } from "@meridian/inference-proto";
import { estimateTokens } from "@meridian/routing";
import { type CallContext, callContextKey } from "../call-context.js";
import type { Services } from "../services.js";
import { type AnswerForm, chatCallFrom } from "../translate/chat-call.js";
import { endWithCaller } from "./end-with-caller.js";
import { planCall } from "./plan-call.js";

/** A call that is ready to be carried out. */
export interface BegunCall {
  readonly job: CallJob;
  readonly dependencies: DispatchDependencies;
  readonly context: CallContext;
  /** To be called when the call is over, however it ended. */
  release(): void;
}

/**
 * From request to job: the call, its route, and its deadline, which is the caller's or the default, and at most the
 * maximum.
 *
 * @throws CallError, ConnectError
 */
export function beginCall(
  request: ChatRequest,
  handler: HandlerContext,
  services: Services,
  form: AnswerForm,
): BegunCall {
  const { config, clock, random, relay, deployments, counter } = services;
  const { latency, modelLimits, retryBudget, fastestAnswers } = services;
  const call = chatCallFrom(request, handler.values.get(callContextKey).requestId, form, config.routing);
  const { plan, context } = planCall(call, handler, services, "decided");
  const budgetMs = Math.min(handler.timeoutMs() ?? config.deadline.defaultMs, config.deadline.maximumMs);
  const deadline = createDeadline(clock, budgetMs);
  const unlink = endWithCaller(deadline, handler.signal, services.shutdownSignal);
  return {
    job: { call, plan, deadline, arrivedAtMs: context.arrivedAtMs },
    dependencies: {
      relay,
      clock,
      random,
      health: deployments,
      modelLimits,
      retryBudget,
      fastestAnswers,
      latency,
      policy: config.dispatch,
      countTokens: (texts) => estimateTokens(texts, counter).tokens,
    },
    context,
    release() {
      unlink();
      deadline.release();
    },
  };
}
