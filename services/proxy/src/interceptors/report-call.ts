import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { CallError } from "@meridian/dispatch";
import type { Logger } from "@meridian/telemetry";
import { type CallContext, callContextKey } from "../call-context.js";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import { decodingError } from "../errors/decoding-error.js";
import { internalError, toConnectError } from "../errors/to-connect-error.js";
import type { Services } from "../services.js";
import { routeReportFrom } from "../translate/route-report.js";
import { type EndRecord, type RecordedRequest, recordCall } from "./record-call.js";

/**
 * The outermost room of every call: records its start and its end once, and turns whatever fails inside into the one
 * error of the contract, with the headers that every answer has.
 */
export function reportCall(services: Services, logger: Logger): Interceptor {
  return (next) => async (request) => {
    const context = request.contextValues.get(callContextKey);
    context.isReported = true;
    const fail = (error: unknown) => {
      const connectError = connectErrorFrom(error, request, context, services);
      if (connectError.code === Code.Internal && !(error instanceof CallError))
        logger.error({ requestId: context.requestId, err: error }, "a fault of our own");
      setAnswerHeaders(connectError.metadata, request.header, context, services);
      return connectError;
    };
    const end = recordCall(request, context, services);
    try {
      const response = await next(request);
      if (!response.stream) {
        end(undefined);
        return response;
      }
      const reading = { isPaused: true };
      // A caller that has stopped reading and then goes away leaves the iteration hanging at its last message: only then
      // the end is told from here, after the attempt has ended, which hears of it by the same signal.
      const onCallerGone = () => {
        const tell = () => end(ConnectError.from(request.signal.reason, Code.Canceled));
        if (reading.isPaused) queueMicrotask(tell);
      };
      request.signal.addEventListener("abort", onCallerGone, { once: true });
      return { ...response, message: reported(response.message, reading, fail, end) };
    } catch (error) {
      const connectError = fail(error);
      end(connectError);
      throw connectError;
    }
  };
}

/** `reading.isPaused` is true while whoever reads has all messages that were made. */
async function* reported<T>(
  messages: AsyncIterable<T>,
  reading: { isPaused: boolean },
  fail: (error: unknown) => ConnectError,
  end: EndRecord,
) {
  let outcome: ConnectError | undefined = new ConnectError("canceled", Code.Canceled);
  try {
    reading.isPaused = false;
    for await (const message of messages) {
      reading.isPaused = true;
      yield message;
      reading.isPaused = false;
    }
    outcome = undefined;
  } catch (error) {
    // What is thrown in at a yield is not from inside: the answer cannot be written any more.
    outcome = reading.isPaused ? new ConnectError("canceled", Code.Canceled, undefined, undefined, error) : fail(error);
    throw outcome;
  } finally {
    end(outcome);
  }
}

function connectErrorFrom(
  error: unknown,
  { method, header }: RecordedRequest,
  context: CallContext,
  services: Services,
): ConnectError {
  // A stream's request is decoded inside this room; what fails there is Connect's own error.
  const { maxMessageBytes } = services.config.server;
  if (error instanceof ConnectError)
    return decodingError(error, { method, header, received: context.received, maxMessageBytes });
  if (!(error instanceof CallError)) return internalError(error);
  context.attempts = error.attempts;
  const { requestId, plan, attempts } = context;
  const configVersion = services.config.version;
  const route = plan === undefined ? undefined : routeReportFrom({ requestId, plan, attempts, configVersion });
  return toConnectError(error.failure, route, error);
}
