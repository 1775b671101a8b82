import { cors } from "@connectrpc/connect";
import type { RuntimeConfig } from "@meridian/config";
import { type HttpRequest, type HttpResponse, respond } from "./respond.js";

/** Those of Connect, and what OpenAI's and Vercel's SDKs send. */
const allowedHeaders = [
  ...cors.allowedHeaders,
  "authorization",
  "idempotency-key",
  "openai-organization",
  "openai-project",
  "user-agent",
  "x-request-id",
];

const exposedHeaders = [
  ...cors.exposedHeaders,
  "retry-after",
  "retry-after-ms",
  "x-config-version",
  "x-edge-latency-ms",
  "x-meridian-attempts",
  "x-meridian-cache",
  "x-meridian-cost-nano-usd",
  "x-model-routed",
  "x-ratelimit-limit-requests",
  "x-ratelimit-limit-tokens",
  "x-ratelimit-remaining-requests",
  "x-ratelimit-remaining-tokens",
  "x-ratelimit-reset-requests",
  "x-ratelimit-reset-tokens",
  "x-region-code",
  "x-request-id",
  "x-should-retry",
].join(", ");

/** What an OpenAI SDK says about itself. New versions have new ones: those that a preflight asks for are allowed. */
const stainlessHeader = /^x-stainless-[a-z0-9]+(-[a-z0-9]+)*$/;
const maxStainlessHeaders = 32;
const maxStainlessHeaderLength = 64;

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
    response.setHeader("access-control-allow-headers", allowedHeadersFor(request));
    response.setHeader("access-control-max-age", String(config.maxAgeSeconds));
  }
  respond(response, 204);
  return true;
}

function allowedHeadersFor(request: HttpRequest): string {
  const requested = String(request.headers["access-control-request-headers"] ?? "").split(",");
  const stainless = requested
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name.length <= maxStainlessHeaderLength && stainlessHeader.test(name));
  return [...allowedHeaders, ...[...new Set(stainless)].slice(0, maxStainlessHeaders)].join(", ");
}
