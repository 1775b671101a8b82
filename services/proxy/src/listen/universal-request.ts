import type { ContextValues } from "@connectrpc/connect";
import type { UniversalServerRequest } from "@connectrpc/connect/protocol";
import { universalRequestFromNodeRequest } from "@connectrpc/connect-node";
import { callerGone, callerSignal } from "./caller-gone.js";
import type { Http2Request } from "./http2-exchange.js";
import type { HttpRequest, HttpResponse } from "./respond.js";

/** A request as Connect takes it, without its body. Throws where its target or its Host header is malformed. */
export function universalRequestOf(
  request: HttpRequest,
  response: HttpResponse,
  values: ContextValues,
): Omit<UniversalServerRequest, "body"> {
  if ("stream" in request) return fromStream(request, values);
  if ("stream" in response) throw new TypeError("a response of HTTP/2 to a request of HTTP/1.1");
  const universal = universalRequestFromNodeRequest(request, response, undefined, values);
  return { ...universal, signal: callerSignal(universal.signal) };
}

/** As Connect makes it of Node's own requests of HTTP/2. */
function fromStream(request: Http2Request, contextValues: ContextValues): Omit<UniversalServerRequest, "body"> {
  const { httpVersion, method = "", url = "", authority = "", socket } = request;
  const target = new URL(url, `${socket.encrypted === true ? "https" : "http"}://${authority}`);
  const header = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (name.startsWith(":")) continue;
    for (const each of typeof value === "string" ? [value] : (value ?? [])) header.append(name, each);
  }
  const controller = new AbortController();
  request.once("close", () => controller.abort(callerGone()));
  return { httpVersion, method, url: target.toString(), header, signal: controller.signal, contextValues };
}
