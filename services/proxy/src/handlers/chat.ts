import type { Answer, ChatCall } from "@meridian/core";
import { executeCall, piecesFromAnswer } from "@meridian/dispatch";
import { type CallCache, completedFromKept } from "../cache/call-cache.js";
import { completedFromEvents, joinCall } from "../cache/join-call.js";
import type { CallContext } from "../call-context.js";
import type { CallScope } from "../call-scope.js";
import type { CallContent } from "../content-log/content-log.js";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import type { Services } from "../services.js";
import type { ReportSource } from "../translate/route-report.js";
import { type BegunCall, beginCall } from "./begin-call.js";
import type { CompletedChat } from "./chat-event.js";

/** A chat that was answered. */
export interface AnsweredChat {
  readonly completed: CompletedChat;
  /** What the report of its route is made of. */
  readonly report: ReportSource;
}

/**
 * Chat: one answer, whole. Sets the headers of the answer.
 *
 * @throws CallError
 */
export async function chat(call: ChatCall, scope: CallScope, services: Services): Promise<AnsweredChat> {
  const { context, requestHeader, responseHeader } = scope;
  context.content = services.contentLog?.begin(call);
  const beginning = beginCall(call, scope, services);
  const begun = beginning instanceof Promise ? await beginning : beginning;
  try {
    let completed: CompletedChat;
    if (begun.cache.result === "hit") completed = completedFromKept(begun.cache.kept, begun.job.plan);
    else {
      const answered = await answer(begun, begun.cache, context);
      context.attempts = answered.attempts;
      completed = answered;
    }
    const turn = services.admission.goOn();
    if (turn !== undefined) await turn;
    const { attempts, cache, requestId } = context;
    if (context.content !== undefined) logAnswer(context.content, completed.answer);
    const model = completed.deployment.model.id;
    setAnswerHeaders(responseHeader, requestHeader, context, services, model);
    const { plan } = begun.job;
    const { version: configVersion } = services.config;
    return { completed, report: { requestId, plan, attempts, configVersion, cache, model } };
  } finally {
    begun.release();
  }
}

function logAnswer(content: CallContent, answer: Answer): void {
  // Of an answer that was put together from a relay's own JSON nothing else is there.
  if (answer.choices.length > 0) content.addAnswer(answer);
  else for (const piece of piecesFromAnswer(answer)) content.addEvent(piece);
}

function answer(
  begun: BegunCall,
  cache: Exclude<CallCache, { readonly result: "hit" }>,
  context: CallContext,
): Promise<CompletedChat & Pick<CallContext, "attempts">> {
  return cache.result === "bypass"
    ? executeCall(begun.job, begun.dependencies)
    : completedFromEvents(joinCall({ ...begun, cache }, "whole", context));
}
