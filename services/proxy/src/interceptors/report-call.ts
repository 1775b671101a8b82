import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { CallError } from "@meridian/dispatch";
import { ErrorDetailSchema } from "@meridian/inference-proto";
import type { Logger } from "@meridian/telemetry";
import { type CallContext, callContextKey } from "../call-context.js";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import { internalError, toConnectError } from "../errors/to-connect-error.js";
import type { Services } from "../services.js";
import { routeReportFrom } from "../translate/route-report.js";

/**
 * The outermost room of every call: records its start and its end once, and turns whatever fails inside into the one
 * error of the contract, with the headers that every answer has.
 */
export function reportCall(services: Services, logger: Logger): Interceptor {
  return (next) => async (request) => {
    const context = request.contextValues.get(callContextKey);
    const fail = (error: unknown) => {
      const connectError = connectErrorFrom(error, context, services);
      if (connectError.code === Code.Internal && !(error instanceof CallError))
        logger.error({ requestId: context.requestId, err: error }, "a fault of our own");
      setAnswerHeaders(connectError.metadata, request.header, context, services);
      return connectError;
    };
    const end = recordOnce(request, context, services);
    try {
      const response = await next(request);
      if (!response.stream) {
        end(undefined);
        return response;
      }
      // A caller that has stopped reading and then goes away leaves the iteration hanging at its last message.
      const onCallerGone = () => end(new ConnectError("canceled", Code.Canceled));
      request.signal.addEventListener("abort", onCallerGone, { once: true });
      return { ...response, message: reported(response.message, fail, end) };
    } catch (error) {
      const connectError = fail(error);
      end(connectError);
      throw connectError;
    }
  };
}

type End = (error: ConnectError | undefined) => void;

async function* reported<T>(messages: AsyncIterable<T>, fail: (error: unknown) => ConnectError, end: End) {
  let outcome: ConnectError | undefined = new ConnectError("canceled", Code.Canceled);
  try {
    yield* messages;
    outcome = undefined;
  } catch (error) {
    outcome = fail(error);
    throw outcome;
  } finally {
    end(outcome);
  }
}

function connectErrorFrom(error: unknown, context: CallContext, services: Services): ConnectError {
  if (error instanceof ConnectError) return error;
  if (!(error instanceof CallError)) return internalError(error);
  context.attempts = error.attempts;
  const { requestId, plan, attempts } = context;
  const configVersion = services.config.version;
  const route = plan === undefined ? undefined : routeReportFrom({ requestId, plan, attempts, configVersion });
  return toConnectError(error.failure, route, error);
}

interface RecordedRequest {
  readonly method: DescMethod;
  readonly header: Headers;
}

function recordOnce({ method, header }: RecordedRequest, context: CallContext, services: Services): End {
  const { recorder, clock } = services;
  const rpc = method.name;
  let isEnded = false;
  recorder.callStarted(rpc);
  return (error) => {
    if (isEnded) return;
    isEnded = true;
    const { requestId, arrivedAtMs, firstTokenAtMs, plan, attempts } = context;
    recorder.callEnded({
      rpc,
      protocol: protocolOf(header),
      requestId,
      code: error === undefined ? "ok" : codeToString(error.code),
      reason: error === undefined ? undefined : reasonOf(error),
      plan,
      attempts,
      durationMs: clock.now() - arrivedAtMs,
      firstTokenMs: firstTokenAtMs === undefined ? undefined : firstTokenAtMs - arrivedAtMs,
      configVersion: services.config.version,
    });
  };
}

function reasonOf(error: ConnectError): string {
  const detail = error.details.find((each) => "desc" in each && each.desc === ErrorDetailSchema);
  const value: unknown = detail !== undefined && "value" in detail ? detail.value : undefined;
  const hasReason = typeof value === "object" && value !== null && "reason" in value;
  return hasReason && typeof value.reason === "string" ? value.reason : codeToString(error.code);
}

function protocolOf(header: Headers): string {
  const type = header.get("content-type") ?? "";
  if (type.startsWith("application/grpc-web")) return "grpc-web";
  return type.startsWith("application/grpc") ? "grpc" : "connect";
}
