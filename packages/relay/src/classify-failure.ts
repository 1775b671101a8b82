import { type JsonObject, type JsonValue, type Secret, UpstreamError, type UpstreamFailure } from "@meridian/core";
import { MalformedResponse } from "./http1/response-reader.js";
import { list, object, parseJson, text } from "./read-json.js";
import { retryAfterMs } from "./retry-after.js";

/** A refusal of a relay, as it came. */
export interface RelayRefusal {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The body's text, as far as it was read. */
  readonly body: string;
  /** The key that was used, so that it is not repeated to the caller. */
  readonly key: Secret;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly nowMs: number;
}

const maxMessageBytes = 512;

// Relays say what a refusal is about in `error.code` or `error.type`; these are the words in use.
const contextWords = /context_length_exceeded|context_window_exceeded|string_above_max_length/;
const contentWords = /content_policy|content_filter|moderation|safety_violation/;
const creditWords = /insufficient_(user_)?quota|insufficient_balance|billing|credit/;
const rateWords = /rate_limit|too_many_requests|resource_exhausted/;
const modelWords = /model_not_found|unknown_model|model_not_available|not_found_error/;
const keyWords = /invalid_api_key|authentication|permission|unauthorized/;
const requestWords = /invalid_request|bad_?request|invalid_argument|request_too_large/;
// And this is how those say it that have no word for it.
const contextPhrase =
  /maximum context length|context (window|length|limit)|prompt is too long|too many (input )?tokens|token count.{0,40}exceeds/i;
const contentPhrase = /content exists risk/i;

/** What an HTTP status other than 2xx means. */
export function failureFromRefusal({ status, retryAfter, body, key, nowMs }: RelayRefusal): UpstreamFailure {
  const error = errorOf(parseJson(body)) ?? {};
  const waitMs = retryAfterMs(retryAfter, nowMs);
  return failureOf({ meaning: status, status, word: wordOf(error), message: messageOf(error, key), waitMs });
}

/**
 * What an error object means that came where an answer was due: in the body of a `status` that promised one, or as an
 * event of a stream.
 */
export function failureFromErrorBody(error: JsonObject, key: Secret, status: number): UpstreamFailure {
  const word = wordOf(error);
  const message = messageOf(error, key);
  const meaning = statusIn(error["code"]) ?? statusIn(error["status"]) ?? statusFromWord(word, message);
  return failureOf({ meaning, status, word, message, waitMs: undefined });
}

interface Refusal {
  /** The HTTP status that says what is meant: the answer's own, or the one that an error in its body stands for. */
  readonly meaning: number;
  /** The answer's own. */
  readonly status: number;
  readonly word: string;
  readonly message: string;
  readonly waitMs: number | undefined;
}

/** The one place where statuses are read. */
function failureOf({ meaning, status, word, message, waitMs }: Refusal): UpstreamFailure {
  switch (meaning) {
    case 401:
    case 403:
      if (contentWords.test(word)) return { kind: "content_policy", status, message };
      return creditWords.test(word) ? { kind: "credit_exhausted", status } : { kind: "credential_rejected", status };
    case 402:
      return { kind: "credit_exhausted", status };
    case 404:
      return { kind: "model_missing", status };
    case 429:
      if (creditWords.test(word)) return { kind: "credit_exhausted", status };
      return { kind: "rate_limited", status, retryAfterMs: waitMs };
    // Not about the request but about the moment: a later attempt may well pass.
    case 408:
    case 409:
    case 425:
      return { kind: "overloaded", status, retryAfterMs: waitMs };
  }
  if (meaning >= 500) return { kind: "overloaded", status, retryAfterMs: waitMs };
  // Redirects are not followed: they would carry the key and the prompt to an address that nobody configured.
  if (meaning < 400) return { kind: "malformed_answer", status, detail: `unexpected status ${status}` };
  if (contextWords.test(word) || contextPhrase.test(message)) return { kind: "context_too_long", status, message };
  if (contentWords.test(word) || contentPhrase.test(message)) return { kind: "content_policy", status, message };
  if (modelWords.test(word)) return { kind: "model_missing", status };
  return { kind: "invalid_request", status, message };
}

/**
 * The error object of a body, in any of the forms in use: `{error: {...}}`, `{error: "..."}`, Gemini's `[{error: {...}}]`
 * and vLLM's `{object: "error", ...}`. Empty where it says nothing.
 */
export function errorOf(body: JsonValue | undefined): JsonObject | undefined {
  const first = object(Array.isArray(body) ? list(body)[0] : body);
  if (first?.["object"] === "error") return first;
  const error = first?.["error"];
  const message = text(error);
  if (message !== undefined) return { message };
  // Odd ones too, such as `{error: 500}`: the official SDKs throw on whatever is said there.
  const isOdd = Array.isArray(error) ? error.length > 0 : Boolean(error);
  return object(error) ?? (isOdd ? {} : undefined);
}

/**
 * What a socket's or the HTTP parser's error means before an answer began.
 *
 * @see https://nodejs.org/api/errors.html#common-system-errors
 */
export function failureFromConnectionError(error: unknown): UpstreamError {
  const failure: UpstreamFailure =
    error instanceof MalformedResponse
      ? { kind: "malformed_answer", status: 0, detail: "the answer is not HTTP" }
      : { kind: "connection_failed", code: codeOf(error) };
  return new UpstreamError(failure, { cause: error });
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "unknown";
}

function wordOf(error: JsonObject): string {
  return [error["code"], error["type"], error["status"]]
    .flatMap((value) => text(value) ?? [])
    .join(" ")
    .toLowerCase();
}

function statusIn(value: JsonValue | undefined): number | undefined {
  const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === "number" && Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}

function statusFromWord(word: string, message: string): number {
  if (creditWords.test(word)) return 402;
  if (rateWords.test(word)) return 429;
  if (modelWords.test(word)) return 404;
  if (keyWords.test(word)) return 401;
  const aboutRequest = contextWords.test(word) || contentWords.test(word) || requestWords.test(word);
  return aboutRequest || contextPhrase.test(message) || contentPhrase.test(message) ? 400 : 500;
}

/** What the relay said, fit to be shown: one line, of bounded length, without the key. */
function messageOf(error: JsonObject, key: Secret): string {
  const said = text(error["message"]) ?? "";
  const message = key.reveal() === "" ? said : said.replaceAll(key.reveal(), "[redacted]");
  const line = message.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return Buffer.from(line).subarray(0, maxMessageBytes).toString().replace(/�+$/, "");
}
