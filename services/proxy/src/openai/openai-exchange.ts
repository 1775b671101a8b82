import type { JsonObject, JsonValue, Tenant } from "@meridian/core";
import type { Logger } from "@meridian/telemetry";
import { createCallContext } from "../call-context.js";
import type { CallScope } from "../call-scope.js";
import { requestIdFrom } from "../edge/request-id.js";
import { setRouteHeaders } from "../edge/route-headers.js";
import { openAiErrorFrom } from "../errors/openai-error.js";
import { type CallReport, reportOf } from "../interceptors/call-report.js";
import { callerOf } from "../listen/caller-gone.js";
import { headerOf } from "../listen/header-of.js";
import { readJsonBody } from "../listen/read-json-body.js";
import { type HttpRequest, type HttpResponse, respond } from "../listen/respond.js";
import { sendAnswer } from "../listen/send-answer.js";
import { writeAnswer } from "../listen/write-answer.js";
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
  /** Reads the body. Throws a ConnectError where there is none, or none that may be. */
  readBody(): Promise<JsonValue>;
  /** The report of the call, which begins when it is first asked for, under the name of this RPC. */
  report(rpc: string): CallReport;
  /** Sends an answer. Throws a ConnectError canceled where the caller is gone or takes nothing any more. */
  send(contentType: string, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** Sends an answer of JSON, in one write. */
  sendJson(body: JsonObject): void;
  /** Sends an error of the contract, in OpenAI's form. */
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
  // All headers are handed over at once: Node keeps a second table of those that it is told before.
  const answer = new Map([["x-request-id", requestId]]);
  const signal = callerOf(response);
  const leftMs = () => (timeoutMs === undefined ? undefined : Math.max(0, timeoutMs - (clock.now() - arrivedAtMs)));
  const scope: CallScope = {
    context,
    requestHeader: header,
    responseHeader: answer,
    // Asked when the call begins: what waiting and the body have taken is gone.
    get timeoutMs() {
      return leftMs();
    },
    signal,
  };
  let report: CallReport | undefined;

  const send = async (contentType: string, body: AsyncIterable<Uint8Array>): Promise<void> => {
    answer.set("content-type", contentType);
    await writeAnswer({ status: 200, header: answer, body }, response);
  };

  return {
    scope,
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
    send,
    sendJson(value) {
      const body = utf8.encode(JSON.stringify(value));
      answer.set("content-type", "application/json").set("content-length", String(body.byteLength));
      sendAnswer(response, { status: 200, headers: Object.fromEntries(answer), body });
    },
    sendError(error) {
      const { status, headers, body } = openAiErrorFrom(error, context.wantsRoute);
      setRouteHeaders(error.metadata, context, services);
      response.setHeader("x-request-id", requestId);
      for (const [name, value] of [...error.metadata, ...headers]) response.setHeader(name, value);
      respond(response, status, body);
    },
  };
}

const utf8 = new TextEncoder();
