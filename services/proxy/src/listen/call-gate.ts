import type { ConnectError } from "@connectrpc/connect";
import type { Admission, GivingUp } from "../admission/admission.js";
import { type CallContext, createCallContext } from "../call-context.js";
import { requestIdFrom } from "../edge/request-id.js";
import { toConnectError } from "../errors/to-connect-error.js";
import type { RecordedRequest } from "../interceptors/record-call.js";
import { type ErrorForm, type FixedAnswer, fixedAnswerOf, sendFixedAnswer } from "./fixed-answer.js";
import type { HttpRequest, HttpResponse } from "./respond.js";

/** What admitting calls needs. */
export interface CallGateOptions {
  readonly admission: Admission;
  readonly reportRefusal: ReportRefusal;
}

/** Records a call that ended before anything of it was carried out, and sets the headers of its answer. */
export type ReportRefusal = (
  request: RecordedRequest & { readonly header: Pick<Headers, "get"> },
  context: CallContext,
  error: ConnectError,
  answer: Pick<Headers, "set">,
) => void;

/** Lets a call in, now or later, or refuses it: `begin` is called at most once. */
export type CallGate = (call: ArrivedCall, begin: () => void) => void;

/** A call as it came. */
export interface ArrivedCall extends RecordedRequest {
  /** Where its errors have their place. */
  readonly errorForm: ErrorForm;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly arrivedAtMs: number;
  /** The deadline that its caller has set, in milliseconds; undefined where it has set none. */
  readonly timeoutMs: number | undefined;
}

/**
 * Creates what lets calls in, now or later, or refuses them. A refusal is decided before anything of the call is read, and
 * its answer is made once for all calls: of the CPU that a call takes it may cost a tenth, or refusing would take from the
 * calls that are answered what it is to leave them.
 */
export function createCallGate({ admission, reportRefusal }: CallGateOptions): CallGate {
  const answers = new Map<string, { readonly error: ConnectError; readonly answer: FixedAnswer }>();

  const answerTo = (failure: GivingUp, form: ErrorForm) => {
    const key = `${form} ${failure.kind} ${"retryAfterMs" in failure ? failure.retryAfterMs : ""}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const error = toConnectError(failure, undefined);
    const made = { error, answer: fixedAnswerOf(error, form) };
    answers.set(key, made);
    return made;
  };

  const refuse = (call: ArrivedCall, failure: GivingUp) => {
    const { rpc, protocol, errorForm, request, response, arrivedAtMs } = call;
    const requestId = requestIdFrom(request.headers["x-request-id"]);
    const context = createCallContext(requestId, arrivedAtMs, request.socket.remoteAddress);
    const { error, answer } = answerTo(failure, errorForm);
    reportRefusal({ rpc, protocol, header: headerOf(request) }, context, error, {
      set: (name, value) => response.setHeader(name, value),
    });
    sendFixedAnswer(response, answer, errorForm, request.headers["content-type"] ?? "");
  };

  return (call, begin) => {
    const entry = admission.enter({
      remainingMs: call.timeoutMs ?? Number.POSITIVE_INFINITY,
      begin,
      giveUp: (failure) => refuse(call, failure),
    });
    if (entry.kind === "refused") refuse(call, entry.failure);
    else call.response.once("close", () => entry.leave());
  };
}

/** A request's headers, as those of the Fetch API are asked. */
export function headerOf({ headers }: HttpRequest): Pick<Headers, "get"> {
  return {
    get(name) {
      const value = headers[name];
      return typeof value === "string" ? value : null;
    },
  };
}
