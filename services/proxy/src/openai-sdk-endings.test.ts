import { parseFault } from "@meridian/relay-simulator";
import {
  APIConnectionTimeoutError,
  APIUserAbortError,
  BadRequestError,
  type ClientOptions,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSdkClient, openAiUrl } from "./testing/sdk-client.js";
import { useWellProxy } from "./testing/use-well-proxy.js";

/** Takes two and a half seconds for an answer. */
const slowModel = { id: "claude-sonnet-4.5", tokensPerSecond: 30, answerTokens: 75 };
const target = useWellProxy({
  // What the relay says once is what the caller hears.
  yaml: `
dispatch:
  retry: { maxAttempts: 1 }
  breaker: { consecutiveFailures: 1000, minimumCalls: 1000000, openMs: 1, accountOpenMs: 1 }
`,
  relay: { models: [{ id: "gpt-4.1" }, slowModel, { id: "gemini-2.5-flash" }, { id: "deepseek-v3.2" }] },
});
const completions = (options: ClientOptions = {}) => createSdkClient(openAiUrl(target()), options).chat.completions;
const relayFails = (fault: string, times = 1_000) => target().relay.setFaults([{ fault: parseFault(fault), times }]);
const chats = () => target().relay.calls.filter(({ method }) => method === "POST");
/** The relay has seen the proxy leave in the middle of its answer. */
const relayIsLeft = () =>
  target().relay.whenCalled(({ outcome }) => outcome === "client_closed", AbortSignal.timeout(2_000));
const failureOf = (call: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(call).then(
    () => expect.fail("expected a failure, got an answer"),
    (error: unknown) => error,
  );

const request = {
  model: "gpt-4.1",
  messages: [{ role: "user" as const, content: "Tell me about the weather in Jakarta" }],
};

beforeEach(() => target().relay.reset());
// The proxy is to be well after each test, and so is its relay.
afterEach(() => target().relay.setFaults([]));

describe("a caller that leaves closes the relay's socket", () => {
  test("by the end of its loop", async () => {
    relayFails("stall;after=3");
    for await (const { choices } of await completions().create({ ...request, stream: true }))
      if (choices[0]?.delta.content) break;
    await relayIsLeft();
  });

  test("by its signal, in the middle of a stream", async () => {
    relayFails("stall;after=3");
    const abort = new AbortController();
    const stream = await completions().create({ ...request, stream: true }, { signal: abort.signal });
    let text = "";
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? "";
      if (text !== "") abort.abort();
    }
    expect(text).not.toBe("");
    await relayIsLeft();
  });

  test("by abort() of the stream helper", async () => {
    relayFails("stall;after=3");
    const stream = completions().stream(request);
    stream.once("content", () => stream.abort());
    expect(await failureOf(stream.finalChatCompletion())).toBeInstanceOf(APIUserAbortError);
    await relayIsLeft();
  });

  test("by its signal, before the answer", async () => {
    relayFails("silent");
    const abort = new AbortController();
    const failure = failureOf(completions().create(request, { signal: abort.signal }));
    await target().relay.whenCalled(({ method }) => method === "POST");
    abort.abort();
    expect(await failure).toBeInstanceOf(APIUserAbortError);
    await relayIsLeft();
  });
});

describe("the SDK's own timeout", () => {
  test.each([false, true])("of its client ends a call that nobody answers, stream %s", async (stream) => {
    relayFails("silent");
    const failure = await failureOf(completions({ timeout: 500 }).create({ ...request, stream }));
    expect(failure).toBeInstanceOf(APIConnectionTimeoutError);
    await relayIsLeft();
  });

  // This one it tells the server too, in whole seconds: Meridian is not to be quicker.
  test.each([false, true])("of one call ends it where nobody answers, stream %s", async (stream) => {
    relayFails("silent");
    const failure = await failureOf(completions().create({ ...request, stream }, { timeout: 1_900 }));
    expect(failure).toBeInstanceOf(APIConnectionTimeoutError);
    await relayIsLeft();
  });

  test("below a second, which it tells as 0, leaves time for an answer", async () => {
    const answer = await completions().create(request, { timeout: 999 });
    expect(answer.choices[0]?.finish_reason).toBe("stop");
  });

  test("ends the wait for a stream, and not the stream", async () => {
    const body = { ...request, model: slowModel.id, stream: true } as const;
    const chunks = await Array.fromAsync(await completions().create(body, { timeout: 1_000 }));
    expect(chunks.filter(({ choices }) => choices[0]?.delta.content)).toHaveLength(slowModel.answerTokens);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  });
});

describe("typed errors", () => {
  const rows = [
    {
      name: "a field of the wrong type",
      body: { ...request, temperature: "hot" },
      type: BadRequestError,
      error: { status: 400, type: "invalid_request_error", param: "temperature", code: null },
    },
    {
      name: "an option of Meridian's that it does not have",
      body: { ...request, meridian: { fallback: ["gpt-4.1"] } },
      type: BadRequestError,
      error: { status: 400, type: "invalid_request_error", param: "meridian.fallback", code: null },
    },
    {
      name: "no messages",
      body: { model: "gpt-4.1" },
      type: BadRequestError,
      error: { status: 400, type: "invalid_request_error", param: "messages", code: null },
    },
    {
      name: "a model that is not there",
      body: { ...request, model: "gpt-none" },
      type: NotFoundError,
      error: { status: 404, type: "invalid_request_error", param: "model", code: "model_not_found" },
    },
    {
      name: "a prompt that is too long",
      fault: "context-length-exceeded",
      type: BadRequestError,
      error: { status: 400, type: "invalid_request_error", code: "context_length_exceeded" },
    },
    {
      name: "a request that the relay refuses",
      fault: "status-400;param=top_k;message=top_k%20must%20be%20positive",
      type: BadRequestError,
      error: { status: 400, type: "invalid_request_error", message: expect.stringContaining("top_k must be positive") },
    },
    {
      name: "a refused prompt",
      fault: "content-policy-violation",
      type: BadRequestError,
      error: { status: 400, type: "invalid_request_error", code: "content_policy_violation" },
    },
    {
      name: "an exhausted credit",
      fault: "status-402",
      type: RateLimitError,
      error: { status: 429, code: "insufficient_quota" },
    },
    { name: "a relay that is down", fault: "status-503", type: InternalServerError, error: { status: 503 } },
  ];
  const ways = rows.flatMap((row) => [false, true].map((stream) => ({ ...row, stream })));

  test.each(ways)("$name, stream $stream", async ({ fault, body = request, type, error, stream }) => {
    if (fault !== undefined) relayFails(fault);
    const failure = await failureOf(
      createSdkClient(openAiUrl(target())).post("/chat/completions", { body: { ...body, stream } }),
    );
    expect(failure).toBeInstanceOf(type);
    expect(failure).toMatchObject({ ...error, requestID: expect.stringMatching(/./) });
  });

  // A Retry-After keeps a model out for all calls: each case has one that no other asks.
  test.each([
    { model: "deepseek-v3.2", stream: false },
    { model: "gemini-2.5-flash", stream: true },
  ])("too many requests, stream $stream: says when to come again", async ({ model, stream }) => {
    relayFails("status-429;retry-after=2");
    const failure = await failureOf(completions().create({ ...request, model, stream }));
    expect(failure).toBeInstanceOf(RateLimitError);
    expect(failure).toMatchObject({ status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" });
    const headers = failure instanceof RateLimitError ? failure.headers : undefined;
    expect(headers?.get("retry-after")).toBe("2");
    expect(Number(headers?.get("retry-after-ms"))).toBeGreaterThan(1_900);
    expect(headers?.get("x-should-retry")).toBe("true");
  });
});

describe("retries of the SDK", () => {
  test.each([false, true])("come after the time that Retry-After says, and not before, stream %s", async (stream) => {
    relayFails("status-429;retry-after=1", 1);
    const { response } = await completions({ maxRetries: 1 })
      .create({ ...request, stream })
      .withResponse();
    expect(response.status).toBe(200);
    const [refused, answered] = chats();
    // Timers may fire a millisecond early.
    expect((answered?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThan(998);
    expect(chats()).toHaveLength(2);
    if (!response.bodyUsed) await response.text();
  });

  test.each(["status-503", "reset"])("bring an answer after %s", async (fault) => {
    relayFails(fault, 1);
    const answer = await completions({ maxRetries: 1 }).create(request);
    expect(answer.choices[0]?.finish_reason).toBe("stop");
    expect(chats()).toHaveLength(2);
  });

  test.each(["status-400", "context-length-exceeded"])("do not follow %s", async (fault) => {
    relayFails(fault);
    expect(await failureOf(completions({ maxRetries: 2 }).create(request))).toBeInstanceOf(BadRequestError);
    expect(chats()).toHaveLength(1);
  });
});
