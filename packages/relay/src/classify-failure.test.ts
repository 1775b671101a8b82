import { type JsonValue, Secret } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { errorOf, failureFromConnectionError, failureFromErrorBody, failureFromRefusal } from "./classify-failure.js";
import { MalformedResponse } from "./http1/response-reader.js";
import { testKey } from "./testing/relay-request.js";

const nowMs = Date.parse("2026-11-06T08:49:30Z");

function refusal(status: number, body: JsonValue | undefined, retryAfter?: string) {
  const source = typeof body === "string" ? body : JSON.stringify(body ?? "");
  return failureFromRefusal({ status, retryAfter, body: source, key: testKey, nowMs });
}

const openAi = (message: string, type: string, code: string | null = null) => ({
  error: { message, type, param: null, code },
});
const anthropic = (type: string, message: string) => ({ type: "error", error: { type, message } });
const gemini = (code: number, status: string, message: string) => [{ error: { code, status, message } }];
const deepSeek = (message: string, code: string) => openAi(message, code, code);

describe("a refusal", () => {
  const window = "This model's maximum context length is 65536 tokens. However, you requested 70000 tokens.";
  const rows: readonly (readonly [string, number, JsonValue | undefined, string, string?])[] = [
    ["OpenAI: bad request", 400, openAi("Bad role", "invalid_request_error"), "invalid_request", "Bad role"],
    [
      "OpenAI: context",
      400,
      openAi("Too big", "invalid_request_error", "context_length_exceeded"),
      "context_too_long",
      "Too big",
    ],
    [
      "OpenAI: one text too long",
      400,
      openAi("Long", "invalid_request_error", "string_above_max_length"),
      "context_too_long",
      "Long",
    ],
    ["OpenAI: content", 400, openAi("No", "invalid_request_error", "content_policy_violation"), "content_policy", "No"],
    [
      "OpenAI: wrong key",
      401,
      openAi("Incorrect API key", "invalid_request_error", "invalid_api_key"),
      "credential_rejected",
    ],
    [
      "OpenAI: country",
      403,
      openAi("Not supported", "request_forbidden", "unsupported_country"),
      "credential_rejected",
    ],
    ["OpenAI: no model", 404, openAi("No such model", "invalid_request_error", "model_not_found"), "model_missing"],
    ["OpenAI: rate", 429, openAi("Slow down", "requests", "rate_limit_exceeded"), "rate_limited"],
    ["OpenAI: quota", 429, openAi("Pay", "insufficient_quota", "insufficient_quota"), "credit_exhausted"],
    ["OpenAI: server", 500, openAi("Oops", "server_error"), "overloaded"],
    ["OpenAI: overloaded", 503, openAi("Busy", "server_error"), "overloaded"],
    [
      "Azure: content",
      400,
      { error: { message: "Filtered", code: "content_filter", status: 400 } },
      "content_policy",
      "Filtered",
    ],
    [
      "Anthropic: bad request",
      400,
      anthropic("invalid_request_error", "max_tokens: required"),
      "invalid_request",
      "max_tokens: required",
    ],
    [
      "Anthropic: prompt too long",
      400,
      anthropic("invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum"),
      "context_too_long",
    ],
    [
      "Anthropic: prompt and answer too long",
      400,
      anthropic("invalid_request_error", "input length and `max_tokens` exceed context limit: 9 + 3 > 10"),
      "context_too_long",
    ],
    ["Anthropic: key", 401, anthropic("authentication_error", "invalid x-api-key"), "credential_rejected"],
    ["Anthropic: permission", 403, anthropic("permission_error", "No"), "credential_rejected"],
    ["Anthropic: not found", 404, anthropic("not_found_error", "model: x"), "model_missing"],
    ["Anthropic: too large", 413, anthropic("request_too_large", "Too large"), "invalid_request", "Too large"],
    ["Anthropic: rate", 429, anthropic("rate_limit_error", "Slow"), "rate_limited"],
    ["Anthropic: overloaded", 529, anthropic("overloaded_error", "Overloaded"), "overloaded"],
    ["Gemini: bad argument", 400, gemini(400, "INVALID_ARGUMENT", "Bad"), "invalid_request", "Bad"],
    [
      "Gemini: context",
      400,
      gemini(
        400,
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      ),
      "context_too_long",
    ],
    ["Gemini: key", 403, gemini(403, "PERMISSION_DENIED", "No"), "credential_rejected"],
    ["Gemini: model", 404, gemini(404, "NOT_FOUND", "models/x is not found"), "model_missing"],
    ["Gemini: rate", 429, gemini(429, "RESOURCE_EXHAUSTED", "Quota"), "rate_limited"],
    ["Gemini: overloaded", 503, gemini(503, "UNAVAILABLE", "The model is overloaded."), "overloaded"],
    ["Gemini: deadline", 504, gemini(504, "DEADLINE_EXCEEDED", "Slow"), "overloaded"],
    ["DeepSeek: bad request", 422, deepSeek("Bad", "invalid_request_error"), "invalid_request", "Bad"],
    ["DeepSeek: context", 400, deepSeek(window, "invalid_request_error"), "context_too_long", window],
    [
      "DeepSeek: content",
      400,
      deepSeek("Content Exists Risk", "invalid_request_error"),
      "content_policy",
      "Content Exists Risk",
    ],
    ["DeepSeek: key", 401, deepSeek("Authentication Fails", "authentication_error"), "credential_rejected"],
    ["DeepSeek: balance", 402, deepSeek("Insufficient Balance", "unknown_error"), "credit_exhausted"],
    [
      "vLLM: context",
      400,
      { object: "error", message: window, type: "BadRequestError", code: 400 },
      "context_too_long",
      window,
    ],
    [
      "a gateway: quota of the user",
      403,
      openAi("Quota", "new_api_error", "insufficient_user_quota"),
      "credit_exhausted",
    ],
    ["a gateway: content", 403, openAi("No", "x", "moderation_blocked"), "content_policy", "No"],
    ["a gateway: model as a bad request", 400, openAi("No", "x", "model_not_found"), "model_missing"],
    ["an error of text alone", 400, { error: "Bad role" }, "invalid_request", "Bad role"],
    ["a page", 502, "<html>502 Bad Gateway</html>", "overloaded"],
    ["a page where a request is bad", 400, "<html>400</html>", "invalid_request", ""],
    ["nothing", 400, "", "invalid_request", ""],
    ["an error of a wrong type", 400, { error: [1] }, "invalid_request", ""],
    ["a wrong method", 405, "", "invalid_request", ""],
    ["a status that nobody has", 499, "", "invalid_request", ""],
    ["a timeout", 408, "", "overloaded"],
    ["a conflict", 409, "", "overloaded"],
    ["too early", 425, "", "overloaded"],
    ["Cloudflare", 520, "", "overloaded"],
    ["a status beyond all", 999, "", "overloaded"],
    ["a redirect", 307, "", "malformed_answer"],
    ["not modified", 304, "", "malformed_answer"],
  ];
  const cases = rows.map(([name, status, body, kind, message]) => ({ name, status, body, kind, message }));
  test.each(cases)("$name, $status", ({ status, body, kind, message }) => {
    const failure = refusal(status, body);
    expect(failure).toMatchObject({ kind, status });
    if (message !== undefined) expect(failure).toHaveProperty("message", message);
  });

  test.each([429, 503, 529, 408])("of %i may say when to come back", (status) => {
    expect(refusal(status, "", "2")).toHaveProperty("retryAfterMs", 2000);
    expect(refusal(status, "", "Fri, 06 Nov 2026 08:49:37 GMT")).toHaveProperty("retryAfterMs", 7000);
    expect(refusal(status, "", "later")).toHaveProperty("retryAfterMs", undefined);
    expect(refusal(status, "")).toHaveProperty("retryAfterMs", undefined);
  });
});

describe("an error in place of an answer", () => {
  const rows: readonly (readonly [JsonValue, string])[] = [
    [{ error: { message: "x", code: 429 } }, "rate_limited"],
    [{ error: { message: "x", code: "429" } }, "rate_limited"],
    [{ error: { message: "x", status: 503 } }, "overloaded"],
    [{ error: { message: "x", code: 400.5 } }, "overloaded"],
    [{ error: { message: "x", code: 200 } }, "overloaded"],
    [{ error: { message: "x", code: 1_000_000 } }, "overloaded"],
    [{ error: { message: "x", code: 307 } }, "overloaded"],
    [openAi("x", "server_error"), "overloaded"],
    [openAi("x", "invalid_request_error"), "invalid_request"],
    [openAi("x", "insufficient_quota"), "credit_exhausted"],
    [openAi("x", "invalid_request_error", "invalid_api_key"), "credential_rejected"],
    [openAi("x", "invalid_request_error", "context_length_exceeded"), "context_too_long"],
    [openAi("x", "invalid_request_error", "content_filter"), "content_policy"],
    [openAi("x", "tokens", "rate_limit_exceeded"), "rate_limited"],
    [anthropic("overloaded_error", "Overloaded"), "overloaded"],
    [anthropic("api_error", "Oops"), "overloaded"],
    [anthropic("rate_limit_error", "Slow"), "rate_limited"],
    [anthropic("authentication_error", "No"), "credential_rejected"],
    [anthropic("permission_error", "No"), "credential_rejected"],
    [anthropic("not_found_error", "No"), "model_missing"],
    [anthropic("request_too_large", "No"), "invalid_request"],
    [anthropic("invalid_request_error", "prompt is too long"), "context_too_long"],
    [gemini(503, "UNAVAILABLE", "Busy"), "overloaded"],
    [{ error: { status: "RESOURCE_EXHAUSTED", message: "x" } }, "rate_limited"],
    [{ error: { status: "INVALID_ARGUMENT", message: "x" } }, "invalid_request"],
    [{ error: { status: "PERMISSION_DENIED", message: "x" } }, "credential_rejected"],
    [deepSeek("Content Exists Risk", "unknown"), "content_policy"],
    [{ object: "error", message: "x", type: "BadRequestError", code: 400 }, "invalid_request"],
    [{ error: "the prompt exceeds the context window" }, "context_too_long"],
    [{ error: "anything else" }, "overloaded"],
    [{ error: {} }, "overloaded"],
    [{ error: 500 }, "overloaded"],
    [{ error: true }, "overloaded"],
    [{ error: ["x"] }, "overloaded"],
  ];
  test.each(rows)("%j is %s, with the answer's own status", (body, kind) => {
    const error = errorOf(body);
    expect(error).toBeDefined();
    expect(failureFromErrorBody(error ?? {}, testKey, 200)).toMatchObject({ kind, status: 200 });
  });

  const none: readonly (readonly [JsonValue | undefined])[] = [
    [undefined],
    [null],
    [[]],
    [{}],
    ["error"],
    [{ error: null }],
    [{ error: "" }],
    [{ error: [] }],
    [{ error: 0 }],
    [{ error: false }],
    [[[]]],
  ];
  test.each(none)("%j is none", (body) => {
    expect(errorOf(body)).toBeUndefined();
  });
});

describe("the message", () => {
  const messageFrom = (message: string, key = testKey) => {
    const body = JSON.stringify({ error: { message } });
    const failure = failureFromRefusal({ status: 400, retryAfter: undefined, body, key, nowMs });
    return "message" in failure ? failure.message : undefined;
  };
  const key = testKey.reveal();

  test.each([
    ["the key", `Key ${key} is wrong`, "Key [redacted] is wrong"],
    ["the key several times", `${key}${key}, ${key}`, "[redacted][redacted], [redacted]"],
    ["the key across the cut", `${"a".repeat(500)}${key}`, `${"a".repeat(500)}[redacted]`],
    ["control characters", "a\r\nb\tc\u0000\u001b[31md\u0085e\u007f", "a b c [31md e"],
    ["line separators", "a\u2028b\u2029c", "a b c"],
    ["white space around", "  a  ", "a"],
    ["512 bytes", "a".repeat(512), "a".repeat(512)],
    ["more than 512 bytes", "a".repeat(513), "a".repeat(512)],
    ["two-byte characters", "é".repeat(300), "é".repeat(256)],
    ["three-byte characters", "한".repeat(300), "한".repeat(170)],
    ["four-byte characters", `a${"😀".repeat(200)}`, `a${"😀".repeat(127)}`],
  ])("has %s made fit to be shown", (_, message, expected) => {
    expect(messageFrom(message)).toBe(expected);
  });

  test("survives an empty key", () => {
    expect(messageFrom("abc", new Secret(""))).toBe("abc");
  });

  test("of an error in an answer has no key either", () => {
    const failure = failureFromErrorBody({ message: `${key} ${key}`, type: "invalid_request_error" }, testKey, 200);
    expect(failure).toHaveProperty("message", "[redacted] [redacted]");
  });

  test("is one line of bounded length whatever the relay says", () => {
    for (let length = 500; length < 530; length++) {
      for (const unit of ["é", "한", "😀", "\ud800", "\u0000x"]) {
        const message = messageFrom("a".repeat(length % 7) + unit.repeat(length)) ?? "";
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(512);
        expect(message).not.toMatch(/\p{Cc}/u);
        if (unit !== "\ud800") expect(message).not.toContain("\ufffd");
      }
    }
  });
});

describe("a connection's error", () => {
  const withCode = (code: unknown) => Object.assign(new Error("x"), { code });
  test.each(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EPIPE", "UND_ERR_SOCKET", "UND_ERR_CONNECT_TIMEOUT"])(
    "%s is a failed connection",
    (code) => {
      const error = withCode(code);
      const failed = failureFromConnectionError(error);
      expect(failed.failure).toEqual({ kind: "connection_failed", code });
      expect(failed.cause).toBe(error);
    },
  );
  test("an answer that no parser reads is not HTTP", () => {
    const error = new MalformedResponse("the head is no head");
    const failed = failureFromConnectionError(error);
    expect(failed.failure).toMatchObject({ kind: "malformed_answer", status: 0 });
    expect(failed.cause).toBe(error);
  });
  test.each([withCode(5), new Error("x"), "x", undefined])("%o is a failed connection", (error) => {
    expect(failureFromConnectionError(error).failure).toEqual({ kind: "connection_failed", code: "unknown" });
  });
});
