import type { ChatCall } from "@meridian/core";
import { type CompletedCall, executeCall } from "@meridian/dispatch";
import type { RouteReport } from "@meridian/inference-proto";
import type { CallScope } from "../call-scope.js";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import type { Services } from "../services.js";
import { routeReportFrom } from "../translate/route-report.js";
import { beginCall } from "./begin-call.js";

/** A chat that was answered. */
export interface AnsweredChat {
  readonly completed: CompletedCall;
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
  const { job, dependencies, release } = await beginCall(call, scope, services);
  try {
    const completed = await executeCall(job, dependencies);
    const { attempts } = completed;
    context.attempts = attempts;
    context.content?.addAnswer(completed.answer);
    setAnswerHeaders(responseHeader, requestHeader, context, services);
    const { requestId } = context;
    const { version: configVersion } = services.config;
    return { completed, route: () => routeReportFrom({ requestId, plan: job.plan, attempts, configVersion }) };
  } finally {
    release();
  }
}
