import type { Clock, JsonObject, JsonValue, StopSignal, Tenant } from "@meridian/core";
import type { Logger } from "@meridian/telemetry";
import { createCallContext } from "../call-context.js";
import type { CallScope } from "../call-scope.js";
import { requestIdFrom } from "../edge/request-id.js";
import { setRouteHeaders } from "../edge/route-headers.js";
import { openAiErrorFrom } from "../errors/openai-error.js";
import { type CallReport, reportOf } from "../interceptors/call-report.js";
import { callerOf } from "../listen/caller-of.js";
import { headerOf, headerTo } from "../listen/header-of.js";
import { readJsonBody } from "../listen/read-json-body.js";
import { type HttpRequest, type HttpResponse, respond } from "../listen/respond.js";
import { sendAnswer } from "../listen/send-answer.js";
import type { Services } from "../services.js";

/** A request of the OpenAI front, as it came. */
export interface OpenAiRequest {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly arrivedAtMs: number;
  readonly tenant: Tenant;
  /** The deadline that its caller has set, in milliseconds from when it came; undefined where it has set none. */
  readonly timeoutMs: number | undefined;
}

/** One request of the OpenAI front while it is answered. */
export interface OpenAiExchange {
  readonly scope: CallScope;
  readonly response: HttpResponse;
  /** Reads the body, see `readJsonBody`. Throws a ConnectError where there is none, or none that may be. */
  readBody(): JsonValue | Promise<JsonValue>;
  /** The report of the call, which begins when it is first asked for, under the name of this RPC. */
  report(rpc: string): CallReport;
  /** Sends an answer of JSON, in one write. */
  sendJson(body: JsonObject): void;
  /** Sends an error of the contract, in OpenAI's form, unless the caller is gone. */
  sendError(error: ReturnType<CallReport["fail"]>): void;
}

/** Begins to answer a request. */
export function createExchange(
  { request, response, arrivedAtMs, tenant, timeoutMs }: OpenAiRequest,
  services: Services,
  logger: Logger,
  bodyTimeoutMs: number,
): OpenAiExchange {
  const { clock, config } = services;
  const requestId = requestIdFrom(request.headers["x-request-id"]);
  const context = createCallContext(requestId, arrivedAtMs, request.socket.remoteAddress, tenant);
  const header = headerOf(request);
  const signal = callerOf(response);
  response.setHeader("x-request-id", requestId);
  const endsAtMs = timeoutMs === undefined ? undefined : arrivedAtMs + timeoutMs;
  const scope = new ExchangeScope(context, header, headerTo(response), signal, endsAtMs, clock);
  let report: CallReport | undefined;

  return {
    scope,
    response,
    readBody: () =>
      readJsonBody(request, {
        maxBytes: config.server.maxMessageBytes,
        maxMs: Math.min(bodyTimeoutMs, scope.timeoutMs ?? bodyTimeoutMs),
        clock,
        signal,
      }),
    report(rpc) {
      report ??= reportOf({ rpc, protocol: "openai", header, context, services, logger });
      return report;
    },
    sendJson(value) {
      const body = utf8.encode(JSON.stringify(value));
      const headers = { "content-type": "application/json", "content-length": String(body.byteLength) };
      sendAnswer(response, { status: 200, headers, body });
    },
    sendError(error) {
      if (response.destroyed) return;
      const { status, headers, body } = openAiErrorFrom(error, context.wantsRoute);
      setRouteHeaders(error.metadata, context, services);
      for (const [name, value] of [...error.metadata, ...headers]) response.setHeader(name, value);
      respond(response, status, body);
    },
  };
}

/**
 * A class, and no object with a getter of its own: V8 keeps such a getter, and with it all that it knows of the call, until a full
 * collection of garbage.
 */
class ExchangeScope implements CallScope {
  readonly context: CallScope["context"];
  readonly requestHeader: CallScope["requestHeader"];
  readonly responseHeader: CallScope["responseHeader"];
  readonly signal: StopSignal;
  readonly #endsAtMs: number | undefined;
  readonly #clock: Pick<Clock, "now">;

  constructor(
    context: CallScope["context"],
    requestHeader: CallScope["requestHeader"],
    responseHeader: CallScope["responseHeader"],
    signal: StopSignal,
    endsAtMs: number | undefined,
    clock: Pick<Clock, "now">,
  ) {
    this.context = context;
    this.requestHeader = requestHeader;
    this.responseHeader = responseHeader;
    this.signal = signal;
    this.#endsAtMs = endsAtMs;
    this.#clock = clock;
  }

  /** Asked when the call begins: what waiting and the body have taken is gone. */
  get timeoutMs(): number | undefined {
    return this.#endsAtMs === undefined ? undefined : Math.max(0, this.#endsAtMs - this.#clock.now());
  }
}

const utf8 = new TextEncoder();
