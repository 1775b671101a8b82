import { cors } from "@connectrpc/connect";
import type { RuntimeConfig } from "@meridian/config";
import { type HttpRequest, type HttpResponse, respond } from "./respond.js";

const allowedHeaders = [...cors.allowedHeaders, "authorization", "x-request-id"].join(", ");
const exposedHeaders = [
  ...cors.exposedHeaders,
  "retry-after",
  "x-edge-latency-ms",
  "x-model-routed",
  "x-region-code",
  "x-request-id",
].join(", ");

/**
 * Sets what pages of other origins may do. Answers a preflight itself and says so.
 *
 * @returns whether the request was a preflight, and is answered
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function applyCors(
  request: HttpRequest,
  response: HttpResponse,
  config: RuntimeConfig["server"]["cors"],
): boolean {
  const { origin } = request.headers;
  const isAnyAllowed = config.allowedOrigins.includes("*");
  // The answer to one origin must not be kept for another, and that holds for the answer to none, too.
  if (!isAnyAllowed) response.setHeader("vary", "origin");
  const isAllowed = origin !== undefined && (isAnyAllowed || config.allowedOrigins.includes(origin));
  if (isAllowed) {
    response.setHeader("access-control-allow-origin", isAnyAllowed ? "*" : origin);
    response.setHeader("access-control-expose-headers", exposedHeaders);
  }
  if (request.method !== "OPTIONS") return false;
  if (isAllowed) {
    response.setHeader("access-control-allow-methods", cors.allowedMethods.join(", "));
    response.setHeader("access-control-allow-headers", allowedHeaders);
    response.setHeader("access-control-max-age", String(config.maxAgeSeconds));
  }
  respond(response, 204);
  return true;
}
