import { constants } from "node:http2";
import { type ConnectRouter, createConnectRouter, createContextValues } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import type { RuntimeConfig } from "@meridian/config";
import type { Logger } from "@meridian/telemetry";
import { callContextKey, createCallContext } from "../call-context.js";
import { requestIdFrom } from "../edge/request-id.js";
import { applyCors } from "./cors.js";
import { limitBody } from "./limit-body.js";
import { type HttpRequest, type HttpResponse, respond } from "./respond.js";

/** What the listener needs. */
export interface RpcListenerOptions {
  readonly routes: (router: ConnectRouter) => void;
  readonly server: RuntimeConfig["server"];
  /** On the process's own clock, in milliseconds. */
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/**
 * Creates what answers every HTTP request of the public port: preflights, `/health`, and the RPCs in all three protocols.
 */
export function createRpcListener(options: RpcListenerOptions): (request: HttpRequest, response: HttpResponse) => void {
  const { server, logger, nowMs } = options;
  const router = createConnectRouter({
    // Callers may send gzip. Answers go out as they are: inside a data centre compression costs more than it saves.
    acceptCompression: [compressionGzip],
    compressMinBytes: maxInt32,
    readMaxBytes: server.maxMessageBytes,
    jsonOptions: {
      // OpenAI's field names, and nothing dropped in silence: what the contract does not know is refused by name.
      useProtoFieldName: true,
      ignoreUnknownFields: false,
    },
  });
  options.routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  const call = async (handler: UniversalHandler, request: HttpRequest, response: HttpResponse): Promise<void> => {
    const requestId = requestIdFrom(request.headers["x-request-id"]);
    const context = createCallContext(requestId, nowMs(), request.socket.remoteAddress);
    response.setHeader("x-request-id", requestId);
    const values = createContextValues().set(callContextKey, context);
    const universal = universalRequestFromNodeRequest(request, response, undefined, values);
    // Leaving the request's own iterator early would destroy the socket, and with it the answer that says why.
    const bytes = request.iterator({ destroyOnReturn: false });
    const body = limitBody(bytes, universal.header.get("content-length"), server.maxMessageBytes);
    await universalResponseToNodeResponse(await handler({ ...universal, body }), response);
  };

  return (request, response) => {
    endUnreadBody(request, response);
    if (applyCors(request, response, server.cors)) return;
    const path = request.url?.split("?", 1)[0] ?? "";
    const handler = handlers.get(path);
    if (handler === undefined) {
      answerPlain(response, path);
      return;
    }
    call(handler, request, response).catch((error: unknown) => {
      if (!response.headersSent && !response.destroyed) {
        respond(response, 400, { code: "invalid_argument", message: "the request is malformed" });
      } else if (!response.destroyed) {
        response.destroy();
      }
      // Mostly callers that went away. Whatever a handler throws is answered and recorded before it comes here.
      logger.debug({ err: error, path }, "a response could not be sent whole");
    });
  };
}

const maxInt32 = 0x7fffffff;

function answerPlain(response: HttpResponse, path: string): void {
  if (path === "/health") {
    respond(response, 200, { status: "ok" });
    return;
  }
  respond(response, 404, {
    code: "not_found",
    message:
      "no such path; RPCs are POST /meridian.inference.v1.InferenceService/{Chat,StreamChat,ExplainRoute,ListModels}",
  });
}

/**
 * Ends the rest of a body that was answered before it was read. An HTTP/2 stream stays open on the server until its
 * caller has sent it all: it is reset, as RFC 9113, section 8.1 has it. Over HTTP/1.1 the rest is read away for a while, so
 * that the caller gets to see the answer, and then the connection is closed.
 */
function endUnreadBody(request: HttpRequest, response: HttpResponse): void {
  response.once("finish", () => {
    setImmediate(() => {
      if (request.readableEnded || request.destroyed) return;
      if ("stream" in request) {
        request.stream.close(constants.NGHTTP2_NO_ERROR);
        return;
      }
      request.resume();
      const timer = setTimeout(() => request.socket.destroy(), unreadBodyMs);
      request.once("close", () => clearTimeout(timer));
    });
  });
}

/** How long a caller may go on sending what nobody reads, in milliseconds. */
const unreadBodyMs = 2_000;
