import type { ChatCall } from "@meridian/core";
import { executeCall } from "@meridian/dispatch";
import type { RouteReport } from "@meridian/inference-proto";
import { completedFromKept, keptFromCompleted } from "../cache/call-cache.js";
import type { CallScope } from "../call-scope.js";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import type { Services } from "../services.js";
import { routeReportFrom } from "../translate/route-report.js";
import { type BegunCall, beginCall } from "./begin-call.js";
import type { CompletedChat } from "./chat-event.js";

/** A chat that was answered. */
export interface AnsweredChat {
  readonly completed: CompletedChat;
  /** Makes the report of its route. */
  readonly route: () => RouteReport;
}

/**
 * Chat: one answer, whole. Sets the headers of the answer.
 *
 * @throws CallError
 */
export async function chat(call: ChatCall, scope: CallScope, services: Services): Promise<AnsweredChat> {
  const { context, requestHeader, responseHeader } = scope;
  context.content = services.contentLog?.begin(call);
  const begun = await beginCall(call, scope, services);
  try {
    const completed = await answer(begun, scope);
    const { attempts, cache, requestId } = context;
    context.content?.addAnswer(completed.answer);
    setAnswerHeaders(responseHeader, requestHeader, context, services);
    const { plan } = begun.job;
    const { version: configVersion } = services.config;
    return { completed, route: () => routeReportFrom({ requestId, plan, attempts, configVersion, cache }) };
  } finally {
    begun.release();
  }
}

async function answer({ job, dependencies, cache }: BegunCall, { context }: CallScope): Promise<CompletedChat> {
  if (cache.result === "hit") return completedFromKept(cache.kept, job.plan);
  const completed = await executeCall(job, dependencies);
  context.attempts = completed.attempts;
  if (cache.result === "miss") {
    const kept = keptFromCompleted(completed, job.plan, job.call.choices);
    if (kept !== undefined) cache.keep(kept);
  }
  return completed;
}
