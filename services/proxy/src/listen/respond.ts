import type { IncomingMessage, ServerResponse } from "node:http";
import { type Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request in either version of HTTP, as Node gives it. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;
/** Its response. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Answers with a status and, where given, a JSON body. */
export function respond(response: HttpResponse, status: number, body?: object): void {
  response.statusCode = status;
  if (body !== undefined) response.setHeader("content-type", "application/json");
  sendBody(response, body === undefined ? "" : JSON.stringify(body));
}

/** Sends the headers that are set, this body, and the end. */
export function sendBody(response: HttpResponse, body: string | Uint8Array): void {
  // Both classes have the same method, with overloads that TypeScript cannot unite.
  if (response instanceof Http2ServerResponse) response.end(body);
  else response.end(body);
}
