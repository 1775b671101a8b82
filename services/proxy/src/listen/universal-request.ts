import type { ContextValues } from "@connectrpc/connect";
import type { UniversalServerRequest } from "@connectrpc/connect/protocol";
import { callerGone } from "./caller-gone.js";
import type { HttpRequest, HttpResponse } from "./respond.js";

/**
 * A request as Connect takes it, without its body. Whatever a caller names when it goes, it has gone: the signal says no more.
 * Throws where the request's target or its Host header is malformed.
 */
export function universalRequestOf(
  request: HttpRequest,
  response: HttpResponse,
  contextValues: ContextValues,
): Omit<UniversalServerRequest, "body"> {
  const { httpVersion, method = "", url = "", socket } = request;
  const authority = "authority" in request ? request.authority : request.headers.host;
  const scheme = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
  const target = new URL(url, `${scheme}://${authority ?? ""}`);
  const header = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (name.startsWith(":")) continue;
    for (const each of typeof value === "string" ? [value] : (value ?? [])) header.append(name, each);
  }
  const controller = new AbortController();
  response.once("close", () => controller.abort(callerGone()));
  return { httpVersion, method, url: target.toString(), header, signal: controller.signal, contextValues };
}
