import type { DescMethod } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ContextValues,
  createConnectRouter,
  createContextValues,
} from "@connectrpc/connect";
import {
  createAsyncIterable,
  type UniversalHandler,
  type UniversalServerRequest,
  type UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { compressionGzip } from "@connectrpc/connect-node";
import type { RuntimeConfig } from "@meridian/config";
import { anonymous, type Clock, type Tenant } from "@meridian/core";
import { InferenceService } from "@meridian/inference-proto";
import type { Logger } from "@meridian/telemetry";
import { type CallContext, callContextKey, createCallContext } from "../call-context.js";
import { requestIdFrom } from "../edge/request-id.js";
import { decodingError } from "../errors/decoding-error.js";
import { internalError, refusedError } from "../errors/to-connect-error.js";
import { Health } from "../gen/health/v1/health_pb.js";
import { recordedRpc } from "../interceptors/record-call.js";
import type { FastLane } from "../lane/fast-lane.js";
import type { LaneRpc } from "../lane/lane-form.js";
import type { CallGate } from "./call-gate.js";
import { applyCors } from "./cors.js";
import type { Door } from "./door.js";
import { endUnreadBody } from "./end-unread-body.js";
import { errorFormOf } from "./fixed-answer.js";
import { headerOf } from "./header-of.js";
import { limitBody } from "./limit-body.js";
import { limitTimeout, parseTimeoutMs } from "./limit-timeout.js";
import type { ReportRefusal } from "./refuse-call.js";
import { errorBody, refusedRequestError, refusedRequestResponse } from "./refused-request.js";
import { type BegunBody, requestBody, unreadBody } from "./request-body.js";
import { type HttpRequest, type HttpResponse, respond } from "./respond.js";
import { rpcJson } from "./rpc-json.js";
import { universalRequestOf } from "./universal-request.js";
import { writeAnswer } from "./write-answer.js";

/** What the listener needs. */
export interface RpcListenerOptions {
  readonly routes: (router: ConnectRouter) => void;
  readonly server: RuntimeConfig["server"];
  readonly clock: Clock;
  readonly door: Door;
  readonly admit: CallGate;
  readonly reportRefusal: ReportRefusal;
  /** Answers what it knows of the other paths, and says whether it does. */
  readonly otherPaths: (request: HttpRequest, response: HttpResponse, path: string) => boolean;
  /** The longest deadline that a caller gets, in milliseconds. */
  readonly maximumTimeoutMs: number;
  /** How long the body of a request of one message may take to come, in milliseconds. Default 60,000. */
  readonly bodyTimeoutMs?: number;
  /** Takes the hot RPCs. Default: Connect's adapter answers all. */
  readonly fastLane?: FastLane | undefined;
  readonly logger: Logger;
}

/** An RPC as it came. */
interface ArrivedRpc {
  readonly handler: UniversalHandler;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly arrivedAtMs: number;
  readonly tenant: Tenant;
}

/**
 * Creates what answers every HTTP request of the public port: preflights, `/health`, the RPCs in all three protocols, and
 * the paths of others.
 */
export function createRpcListener(options: RpcListenerOptions): (request: HttpRequest, response: HttpResponse) => void {
  const { server, logger, clock, reportRefusal } = options;
  const bodyTimeoutMs = options.bodyTimeoutMs ?? defaultBodyTimeoutMs;
  const router = createConnectRouter({
    requestGate(handler) {
      const context = handler.values.get(callContextKey);
      context.signal = handler.signal;
      if (context.refusal !== undefined) throw context.refusal;
    },
    // Callers may send gzip. Answers go out as they are: inside a data centre compression costs more than it saves.
    acceptCompression: [compressionGzip],
    compressMinBytes: maxInt32,
    readMaxBytes: server.maxMessageBytes,
    jsonOptions: rpcJson,
  });
  options.routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  const call = async (
    { handler, request, response, arrivedAtMs, tenant }: ArrivedRpc,
    begun: BegunBody,
  ): Promise<void> => {
    const requestId = requestIdFrom(request.headers["x-request-id"]);
    const context = createCallContext(requestId, arrivedAtMs, request.socket.remoteAddress, tenant);
    response.setHeader("x-request-id", requestId);
    const values = createContextValues().set(callContextKey, context);
    const universal = connectRequestOf(request, response, values);
    if (universal === undefined) return;
    limitTimeout(universal.header, options.maximumTimeoutMs, Math.floor(clock.now() - arrivedAtMs));
    const bytes = requestBody(request, begun);
    const body = limitBody(handler.service === InferenceService ? received(bytes, context) : bytes, {
      declaredLength: universal.header.get("content-length"),
      // A caller that streams may take its time and say much; one message has to come, and Connect limits each.
      maxBytes: isOneMessage(handler) ? server.maxMessageBytes : Number.POSITIVE_INFINITY,
      maxMs: isOneMessage(handler) ? bodyTimeoutMs : undefined,
      waitedMs: begun.waitedMs,
      clock,
      signal: () => context.signal,
    });
    const answer = await handler({ ...universal, body }).catch((error: unknown) => {
      // gRPC has no form for half of a character, and what Connect says of a message may repeat one.
      if (!(error instanceof URIError)) throw error;
      context.refusal = refusedError(ConnectError.from(context.signal?.reason), "invalid_request");
      return handler({ ...universal, body: createAsyncIterable([]) });
    });
    await writeAnswer(await withDetail(answer, handler, universal, context), response);
  };

  /**
   * The answer, unless Connect failed before our interceptors had the call: then one with the error of the contract. Each
   * protocol has its own place for it, so Connect is asked once more, and refuses at its gate.
   */
  const withDetail = async (
    answer: UniversalServerResponse,
    handler: UniversalHandler,
    request: Omit<UniversalServerRequest, "body">,
    context: CallContext,
  ): Promise<UniversalServerResponse> => {
    const { method } = handler;
    const { header } = request;
    if (context.isReported || method.parent !== InferenceService) return answer;
    if (context.signal === undefined) {
      const error = refusedRequestError(answer.status, handler, header.get("content-type") ?? "");
      reportRefusal({ ...recordedRpc(method, header), header }, context, error, error.metadata);
      return refusedRequestResponse(answer, handler, error);
    }
    const { received, signal } = context;
    const { maxMessageBytes } = server;
    // Connect ends a call with its error, and the first reason stays.
    const error = decodingError(ConnectError.from(signal.reason), { method, header, received, maxMessageBytes });
    reportRefusal({ ...recordedRpc(method, header), header }, context, error, error.metadata);
    context.refusal = error;
    return handler({ ...request, body: createAsyncIterable([]) });
  };

  const begin = (arrived: ArrivedRpc) => {
    const rpc = hotRpcs.get(arrived.handler.method);
    const isTaken =
      rpc !== undefined && options.fastLane?.({ ...arrived, rpc }, (begun) => beginStock(arrived, begun)) === true;
    if (!isTaken) beginStock(arrived, unreadBody);
  };

  const beginStock = (arrived: ArrivedRpc, begun: BegunBody) => {
    call(arrived, begun).catch((error: unknown) => {
      const { handler, response } = arrived;
      const path = handler.requestPath;
      // Mostly callers that went away. Whatever a handler throws is answered and recorded before it comes here.
      if (response.headersSent || response.destroyed || isCallerGone(error)) {
        logger.debug({ err: error, path }, "a response could not be sent whole");
        if (!response.destroyed) response.destroy();
        return;
      }
      logger.error({ err: error, path }, "a fault of our own");
      respondError(response, 500, internalError(error));
    });
  };

  return (request, response) => {
    endUnreadBody(response);
    if (applyCors(request, response, server.cors)) return;
    const path = pathOf(request.url ?? "");
    const handler = handlers.get(path);
    if (handler === undefined) {
      if (!options.otherPaths(request, response, path)) answerPlain(response, path);
      return;
    }
    const arrivedAtMs = clock.now();
    // Probes have no credentials, and learn nothing but whether calls are wanted.
    if (handler.service === Health) {
      begin({ handler, request, response, arrivedAtMs, tenant: anonymous });
      return;
    }
    const header = headerOf(request);
    const errorForm = errorFormOf(header.get("content-type") ?? "");
    const { rpc, protocol } = recordedRpc(handler.method, header);
    const timeoutMs = parseTimeoutMs(header);
    const arrivedCall = { request, response, arrivedAtMs, rpc, protocol, errorForm, timeoutMs };
    options.door(arrivedCall, (tenant) => {
      const beginNow = () => begin({ handler, request, response, arrivedAtMs, tenant });
      // Reflection is asked by those who have to know how things are: it never waits.
      if (handler.service !== InferenceService) beginNow();
      else options.admit(arrivedCall, tenant, beginNow);
    });
  };
}

/** The target of a request without its query. */
function pathOf(target: string): string {
  const queryAt = target.indexOf("?");
  return queryAt === -1 ? target : target.slice(0, queryAt);
}

/** The request as Connect takes it; undefined where it cannot be one, and is answered. */
function connectRequestOf(request: HttpRequest, response: HttpResponse, values: ContextValues) {
  try {
    return universalRequestOf(request, response, values);
  } catch {
    const message = "the request's target or its Host header is malformed";
    respondError(response, 400, refusedError(new ConnectError(message, Code.InvalidArgument), "invalid_request"));
    return undefined;
  }
}

/** Whether a response failed because nobody is there to take it: Connect gives Node's socket errors these codes. */
function isCallerGone(error: unknown): boolean {
  const { code } = ConnectError.from(error);
  return code === Code.Aborted || code === Code.Canceled;
}

const { chat, streamChat } = InferenceService.method;
const hotRpcs: ReadonlyMap<DescMethod, LaneRpc> = new Map<DescMethod, LaneRpc>([
  [chat, "Chat"],
  [streamChat, "StreamChat"],
]);
const maxInt32 = 0x7fffffff;
const defaultBodyTimeoutMs = 60_000;

function answerPlain(response: HttpResponse, path: string): void {
  if (path === "/health") {
    respond(response, 200, { status: "ok" });
    return;
  }
  const message =
    "no such path; RPCs are POST /meridian.inference.v1.InferenceService/{Chat,StreamChat,ExplainRoute,ListModels}";
  respondError(response, 404, refusedError(new ConnectError(message, Code.NotFound), "invalid_request"));
}

function respondError(response: HttpResponse, status: number, error: ConnectError): void {
  respond(response, status, JSON.parse(Buffer.from(errorBody(error)).toString()));
}

function isOneMessage({ method }: UniversalHandler): boolean {
  return method.methodKind === "unary" || method.methodKind === "server_streaming";
}

/** The bytes, remembered until the request has been decoded. */
async function* received(bytes: AsyncIterable<Uint8Array>, context: CallContext): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    context.received?.push(chunk);
    yield chunk;
  }
}
