import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http1Response } from "./http1-response.js";
import type { StreamRequest } from "./http2/stream-request.js";
import type { StreamResponse } from "./http2/stream-response.js";
import type { Http2Request, Http2Response } from "./http2-exchange.js";
import type { UsualRequest, UsualResponse } from "./usual-exchange.js";

/** A request in either version of HTTP. */
export type HttpRequest = IncomingMessage | UsualRequest | StreamRequest | Http2Request;
/** Its response; that of the admin port is Node's own. */
export type HttpResponse = Http1Response | UsualResponse | StreamResponse | Http2Response | ServerResponse;

/** Answers with a status and, where given, a JSON body. */
export function respond(response: HttpResponse, status: number, body?: object): void {
  response.statusCode = status;
  if (body !== undefined) response.setHeader("content-type", "application/json");
  sendBody(response, body === undefined ? "" : JSON.stringify(body));
}

/** Sends the headers that are set, this body, and the end. */
export function sendBody(response: HttpResponse, body: string | Uint8Array): void {
  response.end(body);
}
