import { Code, ConnectError } from "@connectrpc/connect";
import type { ChatCall, Tenant } from "@meridian/core";
import type { Logger } from "@meridian/telemetry";
import { type CallContext, createCallContext } from "../call-context.js";
import { requestIdFrom } from "../edge/request-id.js";
import { refusedError } from "../errors/to-connect-error.js";
import { callerOf } from "../listen/caller-of.js";
import { headerOf, headerTo } from "../listen/header-of.js";
import { parseTimeoutMs } from "../listen/limit-timeout.js";
import { readBody } from "../listen/read-body.js";
import type { ReportRefusal } from "../listen/refuse-call.js";
import type { BegunBody } from "../listen/request-body.js";
import type { HttpRequest, HttpResponse } from "../listen/respond.js";
import type { Services } from "../services.js";
import { answerChat } from "./answer-chat.js";
import { answerStreamChat } from "./answer-stream-chat.js";
import { type LaneForm, type LaneRpc, laneFormOf } from "./lane-form.js";
import { readCall } from "./read-call.js";

/** What the lane needs. */
export interface FastLaneOptions {
  readonly services: Services;
  readonly logger: Logger;
  readonly reportRefusal: ReportRefusal;
  /** How long the body of a request may take to come, in milliseconds. Default 60,000. */
  readonly bodyTimeoutMs?: number;
}

/** A call of the hot RPCs that may begin. */
export interface LaneArrival {
  readonly rpc: LaneRpc;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly arrivedAtMs: number;
  readonly tenant: Tenant;
}

/**
 * Answers a call, and says whether it does: where not, nothing of it was touched. It may still find out from the body that
 * the call is none for it: then it hands over, once, with what it has read.
 */
export type FastLane = (arrival: LaneArrival, handOver: (begun: BegunBody) => void) => boolean;

/**
 * Creates the lane of the hot RPCs, beneath the same handlers, reports and errors as Connect's adapter: without its layers of
 * streams, `Headers`, signals and interceptors it costs a fraction. It takes calls that are as they should be. Whatever is to be refused
 * before its handler is left to the adapter, so that there is one place that refuses it.
 */
export function createFastLane(options: FastLaneOptions): FastLane {
  const { services, logger, reportRefusal, bodyTimeoutMs = 60_000 } = options;
  const { clock, config } = services;
  const { maxMessageBytes } = config.server;

  return (arrival, handOver) => {
    const { rpc, request, arrivedAtMs, tenant } = arrival;
    const form = laneFormOf(rpc, request);
    if (form === undefined || Number(request.headers["content-length"] ?? 0) > maxMessageBytes) return false;
    const header = headerOf(request);
    const beganAtMs = clock.now();
    const timeoutMs = parseTimeoutMs(header);
    const endsAtMs = timeoutMs === undefined ? undefined : arrivedAtMs + Math.min(timeoutMs, config.deadline.maximumMs);
    const leftMs = () => (endsAtMs === undefined ? undefined : endsAtMs - clock.now());
    const newContext = () => {
      const requestId = requestIdFrom(request.headers["x-request-id"]);
      return createCallContext(requestId, arrivedAtMs, request.socket.remoteAddress, tenant);
    };
    const maxMs = Math.max(0, Math.min(bodyTimeoutMs, leftMs() ?? bodyTimeoutMs));
    readBody(request, { maxBytes: maxMessageBytes, maxMs, clock }, (body) => {
      if (body.kind === "gone") {
        const error = refusedError(new ConnectError("the caller went away", Code.Canceled), "canceled");
        reportRefusal({ rpc, protocol: form.protocol, header }, newContext(), error, error.metadata);
        return;
      }
      const context = newContext();
      const isReady = body.kind === "whole" && !isReset(request) && (leftMs() ?? 1) >= 1;
      const chatCall = isReady ? readCall(body.bytes, form, rpc, context.requestId, config.routing) : undefined;
      if (chatCall !== undefined) {
        answerCall({ arrival, form, context, timeoutMs: leftMs(), chatCall }, services, logger);
      } else {
        const chunks = body.kind === "whole" ? [body.bytes] : body.chunks;
        handOver({ chunks, isWhole: body.kind === "whole", waitedMs: clock.now() - beganAtMs });
      }
    });
    return true;
  };
}

/** A call that was read. */
interface ReadCall {
  readonly arrival: LaneArrival;
  readonly form: LaneForm;
  readonly context: CallContext;
  /** What is left of its caller's deadline, in milliseconds; undefined where it has set none. */
  readonly timeoutMs: number | undefined;
  readonly chatCall: () => ChatCall;
}

/** A function of its own: what its closures know is held for as long as the answer goes on, and no more than that. */
function answerCall(
  { arrival: { rpc, request, response }, form, context, timeoutMs, chatCall }: ReadCall,
  services: Services,
  logger: Logger,
): void {
  const onFault = (error: unknown) => {
    logger.error({ err: error, rpc }, "a fault of our own");
    response.destroy();
  };
  response.setHeader("x-request-id", context.requestId);
  const scope = {
    context,
    requestHeader: headerOf(request),
    responseHeader: headerTo(response),
    timeoutMs,
    signal: callerOf(response),
  };
  const answer = rpc === "Chat" ? answerChat : answerStreamChat;
  try {
    answer({ form, response, scope }, chatCall, services, logger).catch(onFault);
  } catch (error) {
    onFault(error);
  }
}

/** Whether the body may have ended because the caller has reset its HTTP/2 stream, see `requestBody`. */
function isReset(request: HttpRequest): boolean {
  return "stream" in request && (request.stream.aborted || request.stream.state.remoteClose === 0);
}
