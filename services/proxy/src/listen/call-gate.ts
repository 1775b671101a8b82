import type { ConnectError } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import type { Admission, GivingUp } from "../admission/admission.js";
import { type CallContext, createCallContext } from "../call-context.js";
import { requestIdFrom } from "../edge/request-id.js";
import { toConnectError } from "../errors/to-connect-error.js";
import type { RecordedRequest } from "../interceptors/record-call.js";
import { errorFormOf, type FixedAnswer, fixedAnswerOf, sendFixedAnswer } from "./fixed-answer.js";
import { parseTimeoutMs } from "./limit-timeout.js";
import type { HttpRequest, HttpResponse } from "./respond.js";

/** What admitting calls needs. */
export interface CallGateOptions {
  readonly admission: Admission;
  /** Records a call that is refused, and sets the headers of every answer. */
  readonly reportRefusal: (
    request: RecordedRequest,
    context: CallContext,
    error: ConnectError,
    answer: Pick<Headers, "set">,
  ) => void;
}

/** A call as it came. */
export interface ArrivedCall {
  readonly handler: UniversalHandler;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly arrivedAtMs: number;
}

/**
 * Creates what lets calls in, now or later, or refuses them. A refusal is decided before anything of the call is read, and
 * its answer is made once for all calls: of the CPU that a call takes it may cost a tenth, or refusing would take from the
 * calls that are answered what it is to leave them.
 */
export function createCallGate({ admission, reportRefusal }: CallGateOptions) {
  const answers = new Map<string, { readonly error: ConnectError; readonly answer: FixedAnswer }>();

  const answerTo = (failure: GivingUp, contentType: string) => {
    const form = errorFormOf(contentType);
    const key = `${form} ${failure.kind} ${"retryAfterMs" in failure ? failure.retryAfterMs : ""}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const error = toConnectError(failure, undefined);
    const made = { error, answer: fixedAnswerOf(error, form) };
    answers.set(key, made);
    return made;
  };

  const refuse = ({ handler, request, response, arrivedAtMs }: ArrivedCall, failure: GivingUp) => {
    const requestId = requestIdFrom(request.headers["x-request-id"]);
    const context = createCallContext(requestId, arrivedAtMs, request.socket.remoteAddress);
    const contentType = request.headers["content-type"] ?? "";
    const { error, answer } = answerTo(failure, contentType);
    reportRefusal({ method: handler.method, header: headerOf(request) }, context, error, {
      set: (name, value) => response.setHeader(name, value),
    });
    sendFixedAnswer(response, answer, contentType);
  };

  return (call: ArrivedCall, begin: (call: ArrivedCall) => void) => {
    const entry = admission.enter({
      remainingMs: parseTimeoutMs(headerOf(call.request)) ?? Number.POSITIVE_INFINITY,
      begin: () => begin(call),
      giveUp: (failure) => refuse(call, failure),
    });
    if (entry.kind === "refused") refuse(call, entry.failure);
    else call.response.once("close", () => entry.leave());
  };
}

function headerOf({ headers }: HttpRequest): Pick<Headers, "get"> {
  return {
    get(name) {
      const value = headers[name];
      return typeof value === "string" ? value : null;
    },
  };
}
