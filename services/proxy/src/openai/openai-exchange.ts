import type { JsonObject, JsonValue, Tenant } from "@meridian/core";
import type { Logger } from "@meridian/telemetry";
import { createCallContext } from "../call-context.js";
import type { CallScope } from "../call-scope.js";
import { requestIdFrom } from "../edge/request-id.js";
import { setRouteHeaders } from "../edge/route-headers.js";
import { openAiErrorFrom } from "../errors/openai-error.js";
import { type CallReport, reportOf } from "../interceptors/call-report.js";
import { callerOf } from "../listen/caller-gone.js";
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
  /** Reads the body. Throws a ConnectError where there is none, or none that may be. */
  readBody(): Promise<JsonValue>;
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
  const leftMs = () => (timeoutMs === undefined ? undefined : Math.max(0, timeoutMs - (clock.now() - arrivedAtMs)));
  const scope: CallScope = {
    context,
    requestHeader: header,
    responseHeader: headerTo(response),
    // Asked when the call begins: what waiting and the body have taken is gone.
    get timeoutMs() {
      return leftMs();
    },
    signal,
  };
  let report: CallReport | undefined;

  return {
    scope,
    response,
    readBody: () =>
      readJsonBody(request, {
        maxBytes: config.server.maxMessageBytes,
        maxMs: Math.min(bodyTimeoutMs, leftMs() ?? bodyTimeoutMs),
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

const utf8 = new TextEncoder();
