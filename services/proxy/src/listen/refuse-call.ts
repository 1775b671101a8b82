import type { ConnectError } from "@connectrpc/connect";
import type { CallerFailure, Tenant } from "@meridian/core";
import { type CallContext, createCallContext } from "../call-context.js";
import { requestIdFrom } from "../edge/request-id.js";
import { toConnectError } from "../errors/to-connect-error.js";
import type { RecordedRequest } from "../interceptors/record-call.js";
import { type ErrorForm, type FixedAnswer, fixedAnswerOf, sendFixedAnswer } from "./fixed-answer.js";
import { headerOf, headerTo } from "./header-of.js";
import type { HttpRequest, HttpResponse } from "./respond.js";

/** Records a call that ended before anything of it was carried out, and sets the headers of its answer. */
export type ReportRefusal = (
  request: RecordedRequest & { readonly header: Pick<Headers, "get"> },
  context: CallContext,
  error: ConnectError,
  answer: Pick<Headers, "set">,
) => void;

/** A call as it came. */
export interface ArrivedCall extends RecordedRequest {
  /** Where its errors have their place. */
  readonly errorForm: ErrorForm;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly arrivedAtMs: number;
}

/** Why a call is refused before anything of it is read. */
export type EarlyFailure = Extract<
  CallerFailure,
  { kind: "unauthenticated" | "too_many_calls" | "deadline_exceeded" | "shutting_down" }
>;

/** Refuses a call. `tenant`: whose it is; undefined where nobody knows. */
export type RefuseCall = (call: ArrivedCall, failure: EarlyFailure, tenant: Tenant | undefined) => void;

interface KnownAnswer {
  readonly error: ConnectError;
  readonly answer: FixedAnswer;
}

/**
 * Creates what refuses calls before anything of them is read. An answer is made once for all calls: of the CPU that a call
 * takes it may cost a tenth, or refusing would take from the calls that are answered what it is to leave them.
 */
export function createRefuseCall(reportRefusal: ReportRefusal): RefuseCall {
  const answers: Partial<Record<ErrorForm, Map<string | number, KnownAnswer>>> = {};

  const answerTo = (failure: EarlyFailure, form: ErrorForm): KnownAnswer => {
    answers[form] ??= new Map();
    const key = "retryAfterMs" in failure ? failure.retryAfterMs : failure.kind;
    const known = answers[form].get(key);
    if (known !== undefined) return known;
    const error = toConnectError(failure, undefined);
    const made = { error, answer: fixedAnswerOf(error, form) };
    answers[form].set(key, made);
    return made;
  };

  return (call, failure, tenant) => {
    const { rpc, protocol, errorForm, request, response, arrivedAtMs } = call;
    const requestId = requestIdFrom(request.headers["x-request-id"]);
    const context = createCallContext(requestId, arrivedAtMs, request.socket.remoteAddress, tenant);
    const { error, answer } = answerTo(failure, errorForm);
    reportRefusal({ rpc, protocol, header: headerOf(request) }, context, error, headerTo(response));
    sendFixedAnswer(response, answer, errorForm, request.headers["content-type"] ?? "");
    // A stream is over once its body is read: the sooner it is, the less of it outlives a collection of garbage.
    if ("stream" in request) request.resume();
  };
}
