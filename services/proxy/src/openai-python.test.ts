import { parseFault } from "@meridian/relay-simulator";
import { afterEach, beforeEach, describe, expect, type TestContext, test } from "vitest";
import { z } from "zod";
import { callerKey, openAiUrl } from "./testing/sdk-client.js";
import { usePythonSdk } from "./testing/use-python-sdk.js";
import { useWellProxy } from "./testing/use-well-proxy.js";

/** Takes one and a half seconds for an answer. */
const slowModel = { id: "claude-sonnet-4.5", tokensPerSecond: 50, answerTokens: 75 };
const target = useWellProxy({
  // What the relay says once is what the caller hears.
  yaml: `
dispatch:
  retry: { maxAttempts: 1 }
  breaker: { consecutiveFailures: 1000, minimumCalls: 1000000, openMs: 1, accountOpenMs: 1 }
`,
  relay: { models: [{ id: "gpt-4.1" }, slowModel, { id: "gemini-2.5-flash" }, { id: "deepseek-v3.2" }] },
});
const python = usePythonSdk();
/** Makes a call of the Python SDK; `client` adds to the options of its client. */
const call = (context: TestContext, way: string, body: object, client: object = {}) =>
  python(context)(way, { base_url: openAiUrl(target()), api_key: callerKey, ...client }, { ...body });
const relayFails = (fault: string, times = 1_000) => target().relay.setFaults([{ fault: parseFault(fault), times }]);
const chats = () => target().relay.calls.filter(({ method }) => method === "POST");
/** The relay has seen the proxy leave in the middle of its answer. */
const relayIsLeft = () =>
  target().relay.whenCalled(({ outcome }) => outcome === "client_closed", AbortSignal.timeout(2_000));

beforeEach(() => target().relay.reset());
// The proxy is to be well after each test, and so is its relay.
afterEach(() => target().relay.setFaults([]));

const request = { model: "gpt-4.1", messages: [{ role: "user", content: "Tell me about the weather in Jakarta" }] };

/** The parts of an answer, whole or as chunks, that are read here. */
const usage = z.object({ prompt_tokens: z.number(), completion_tokens: z.number() });
const completion = z.object({
  choices: z.array(z.object({ finish_reason: z.string(), message: z.object({ content: z.string() }) })),
  usage,
});
const chunks = z.array(
  z.object({
    model: z.string(),
    choices: z.array(
      z.object({ delta: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullable() }),
    ),
    usage: usage.nullish(),
  }),
);
const textOf = (list: z.infer<typeof chunks>) => list.map(({ choices }) => choices[0]?.delta.content ?? "").join("");

async function wholeAnswer(context: TestContext) {
  return completion.parse((await call(context, "create", request)).answer);
}

test("create", async (context) => {
  const { choices, usage } = await wholeAnswer(context);
  expect(choices).toEqual([{ finish_reason: "stop", message: { content: expect.stringMatching(/.{20}/) } }]);
  expect(usage.prompt_tokens).toBeGreaterThan(5);
  expect(usage.completion_tokens).toBeGreaterThan(10);
});

test("the raw answer has the headers", async (context) => {
  const { answer } = await call(context, "create_with_headers", { ...request, model: "auto" });
  expect(answer).toMatchObject({
    request_id: expect.stringMatching(/./),
    headers: { "x-region-code": "DEFAULT", "x-meridian-attempts": "1", "x-model-routed": expect.stringMatching(/./) },
  });
});

test("stream", async (context) => {
  const list = chunks.parse((await call(context, "stream", request)).answer);
  expect(textOf(list)).toBe((await wholeAnswer(context)).choices[0]?.message.content);
  expect(list.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  expect(list.every(({ model, usage }) => model === "gpt-4.1" && !usage)).toBe(true);
});

test("usage on a stream is in a last chunk of its own", async (context) => {
  const body = { ...request, stream_options: { include_usage: true } };
  const list = chunks.parse((await call(context, "stream", body)).answer);
  expect(list.at(-1)).toMatchObject({ choices: [], usage: (await wholeAnswer(context)).usage });
  expect(list.slice(0, -1).every(({ usage }) => !usage)).toBe(true);
});

test("the stream helper", async (context) => {
  const body = { ...request, stream_options: { include_usage: true } };
  const final = completion.parse((await call(context, "stream_helper", body)).answer);
  expect(final).toEqual(await wholeAnswer(context));
});

test("tools round trip", async (context) => {
  const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const { answer } = await call(context, "use_tools", {
    model: "gpt-4.1",
    messages: [{ role: "user", content: "Please get weather in Jakarta" }],
    tools: [{ type: "function", function: { name: "get_weather", parameters } }],
  });
  expect(answer).toEqual({
    content: expect.stringContaining("31 degrees and rain"),
    calls: [{ name: "get_weather", arguments: { city: expect.any(String) } }],
  });
});

test("the parse helper gives what the pydantic model says", async (context) => {
  const { answer, error } = await call(context, "parse", request);
  expect(error).toBeUndefined();
  expect(answer).toEqual({ city: expect.any(String), celsius: expect.any(Number), is_raining: expect.any(Boolean) });
});

test("fields of extra_body reach the relay at the top of the body", async (context) => {
  const { error } = await call(context, "create", { ...request, extra_body: { top_k: 7, vendor: { deep: [null] } } });
  expect(error).toBeUndefined();
  expect(chats().at(-1)?.body).toMatchObject({ top_k: 7, vendor: { deep: [null] } });
});

test("lists the models, and tells about one", async (context) => {
  const { answer } = await call(context, "list_models", {});
  const models = z.array(z.object({ id: z.string() })).parse(answer);
  expect(models.map(({ id }) => id)).toEqual(expect.arrayContaining(["gpt-4.1", "deepseek-v3.2"]));
  const one = await call(context, "retrieve_model", { model: "gpt-4.1" });
  expect(one.answer).toMatchObject({ id: "gpt-4.1", object: "model" });
});

test("closing a stream closes the relay's socket", async (context) => {
  relayFails("stall;after=3");
  expect((await call(context, "leave_stream", request)).answer).toMatch(/./);
  await relayIsLeft();
});

describe("the SDK's own timeout", () => {
  test.for(["create", "stream"])("ends a %s that nobody answers", async (way, context) => {
    relayFails("silent");
    const { error } = await call(context, way, request, { timeout: 0.5 });
    expect(error).toMatchObject({ name: "APITimeoutError", is_own: true });
    await relayIsLeft();
  });

  test("is for each silence, not for the whole of a stream", async (context) => {
    const body = { ...request, model: slowModel.id };
    const { answer, error } = await call(context, "stream", body, { timeout: 1 });
    expect(error).toBeUndefined();
    expect(textOf(chunks.parse(answer))).not.toBe("");
  });
});

describe("typed errors", () => {
  const rows = [
    {
      name: "a field of the wrong type",
      body: { ...request, temperature: "hot" },
      error: { name: "BadRequestError", status_code: 400, type: "invalid_request_error", param: "temperature" },
    },
    {
      name: "a model that is not there",
      body: { ...request, model: "gpt-none" },
      error: { name: "NotFoundError", status_code: 404, param: "model", code: "model_not_found" },
    },
    {
      name: "a prompt that is too long",
      fault: "context-length-exceeded",
      error: { name: "BadRequestError", status_code: 400, code: "context_length_exceeded" },
    },
    {
      name: "too many requests",
      fault: "status-429;retry-after=1",
      error: {
        name: "RateLimitError",
        status_code: 429,
        code: "rate_limit_exceeded",
        headers: { "retry-after": expect.stringMatching(/^1$/) },
      },
    },
    { name: "a relay that is down", fault: "status-503", error: { name: "InternalServerError", status_code: 503 } },
  ];
  const ways = rows.flatMap((row) => ["create", "stream"].map((way) => ({ way, ...row })));

  test.for(ways)("$name, $way", async ({ way, fault, body = request, error }, context) => {
    if (fault !== undefined) relayFails(fault);
    const reply = await call(context, way, body);
    expect(reply.error).toMatchObject({ ...error, is_own: true, request_id: expect.stringMatching(/./) });
  });
});

test("the SDK's retry comes after the time that Retry-After says, and not before", async (context) => {
  relayFails("status-429;retry-after=1", 1);
  const { error } = await call(context, "create", request, { max_retries: 1 });
  expect(error).toBeUndefined();
  const [refused, answered] = chats();
  // Timers may fire a millisecond early.
  expect((answered?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThan(998);
  expect(chats()).toHaveLength(2);
});
