import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import type { RelaySimulator } from "./relay-simulator.js";
import { useSimulator } from "./testing/use-simulator.js";
import { at, chat, chunks, eventData, json, send, textOfStream } from "./testing/wire.js";

const start = useSimulator();

const weather = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, unit: { enum: ["C", "F"] } },
      required: ["city", "unit"],
      additionalProperties: false,
    },
  },
};
const time = { type: "function", function: { name: "get_time" } };

async function whole(simulator: RelaySimulator, more: object = {}) {
  const answer = await send(simulator, { body: chat(more) });
  expect(answer.status, answer.text).toBe(200);
  return json(answer.text);
}

async function streamed(simulator: RelaySimulator, more: object = {}) {
  const answer = await send(simulator, { body: chat({ stream: true, ...more }) });
  expect(answer.status, answer.text).toBe(200);
  return answer;
}

describe("a text answer", () => {
  test("unary, as OpenAI has it", async () => {
    const simulator = await start();
    const answer = await send(simulator, { body: chat() });
    expect(answer.headers).toMatchObject({
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(answer.text)),
      "x-request-id": expect.stringMatching(/^req_/),
    });
    const body = json(answer.text);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-\w{29}$/),
      object: "chat.completion",
      created: expect.any(Number),
      model: "gpt-4.1",
      system_fingerprint: expect.stringMatching(/^fp_\w{10}$/),
      choices: [{ index: 0, message: { role: "assistant", refusal: null }, logprobs: null, finish_reason: "stop" }],
      usage: {
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    });
    expect(at(body, "choices", 0, "message", "content")).toContain("Tell me about the weather in Jakarta");
    const usage = [at(body, "usage", "prompt_tokens"), at(body, "usage", "completion_tokens")].map(Number);
    expect(at(body, "usage", "total_tokens")).toBe((usage[0] ?? 0) + (usage[1] ?? 0));
  });

  test("streamed: framing, role first, one event for each token, the reason, [DONE]", async () => {
    const simulator = await start();
    const answer = await streamed(simulator);
    expect(answer.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "transfer-encoding": "chunked",
    });
    expect(answer.text).toMatch(/^(data: [^\n]+\n\n)+$/);
    expect(answer.text.endsWith("data: [DONE]\n\n")).toBe(true);
    const events = chunks(answer.text);
    expect(new Set(events.map((event) => event["id"])).size).toBe(1);
    expect(new Set(events.map((event) => event["object"]))).toEqual(new Set(["chat.completion.chunk"]));
    expect(at(events[0], "choices", 0, "delta")).toEqual({ role: "assistant", content: "", refusal: null });
    expect(at(events.at(-1), "choices", 0)).toMatchObject({ delta: {}, finish_reason: "stop" });
    expect(answer.text).not.toContain("usage");
    expect(simulator.calls[0]).toMatchObject({ tokensSent: events.length - 2, stream: true, outcome: "answered" });
  });

  test("usage in a stream: null until the last event, which has no choices", async () => {
    const simulator = await start();
    const events = chunks((await streamed(simulator, { stream_options: { include_usage: true } })).text);
    const last = events.at(-1);
    expect(last?.["choices"]).toEqual([]);
    expect(last?.["usage"]).toEqual((await whole(simulator))["usage"]);
    expect(events.slice(0, -1).every((event) => event["usage"] === null)).toBe(true);
  });

  test("the same request has the same answer, streamed or not; the ids differ", async () => {
    const [one, other] = [await start({ seed: 1 }), await start({ seed: 2 })];
    const [first, second] = [await whole(one), await whole(one)];
    expect(second["choices"]).toEqual(first["choices"]);
    expect(second["id"]).not.toBe(first["id"]);
    const text = at(first, "choices", 0, "message", "content");
    expect(textOfStream((await streamed(one)).text)).toBe(text);
    expect((await whole(other))["choices"]).not.toEqual(first["choices"]);
    expect((await whole(one, { seed: 7 }))["choices"]).not.toEqual(first["choices"]);
    expect(at(await whole(one, { model: "deepseek-v3.2" }), "choices", 0, "message", "content")).not.toBe(text);
  });

  test("another run with the same seed is the same, ids too", async () => {
    const first = await whole(await start({ seed: 5 }));
    const second = await whole(await start({ seed: 5 }));
    expect({ ...second, created: 0 }).toEqual({ ...first, created: 0 });
  });

  test("n choices, told apart, streamed in turn", async () => {
    const simulator = await start();
    const choices = (await whole(simulator, { n: 3 }))["choices"];
    const texts = [0, 1, 2].map((index) => at(choices, index, "message", "content"));
    expect(new Set(texts).size).toBe(3);
    const { text } = await streamed(simulator, { n: 3 });
    expect([0, 1, 2].map((index) => textOfStream(text, "content", index))).toEqual(texts);
    expect(
      chunks(text)
        .slice(0, 4)
        .map((chunk) => at(chunk, "choices", 0, "index")),
    ).toEqual([0, 1, 2, 0]);
  });

  test("max_tokens and max_completion_tokens: cut short, with the reason", async () => {
    const simulator = await start();
    const full = String(at(await whole(simulator), "choices", 0, "message", "content"));
    for (const key of ["max_tokens", "max_completion_tokens"]) {
      const body = await whole(simulator, { [key]: 5 });
      expect(at(body, "choices", 0, "finish_reason")).toBe("length");
      expect(at(body, "usage", "completion_tokens")).toBe(5);
      expect(full.startsWith(String(at(body, "choices", 0, "message", "content")))).toBe(true);
    }
  });

  test("stop, as text or list", async () => {
    const simulator = await start();
    for (const stop of [" weather", ["nowhere to be found", " weather"]]) {
      expect(at(await whole(simulator, { stop }), "choices", 0)).toMatchObject({
        message: { content: 'You said: "Tell me about the' },
        finish_reason: "stop",
      });
    }
  });

  test("answerTokens", async () => {
    const simulator = await start({ models: [{ id: "gpt-4.1", answerTokens: 500 }] });
    const body = await whole(simulator);
    expect(at(body, "usage", "completion_tokens")).toBe(500);
    expect(at(body, "choices", 0, "finish_reason")).toBe("stop");
  });

  test("answerTokens by the question", async () => {
    const simulator = await start({ models: [{ id: "gpt-4.1", answerTokens: (question) => question.length }] });
    const body = await whole(simulator, { messages: [{ role: "user", content: "Why is the sky blue?" }] });
    expect(at(body, "usage", "completion_tokens")).toBe(20);
  });

  test("cached tokens of a long prompt", async () => {
    const simulator = await start();
    const usage = (await whole(simulator, { messages: [{ role: "user", content: "word ".repeat(2_000) }] }))["usage"];
    expect(at(usage, "prompt_tokens_details", "cached_tokens")).toBe(2_432);
  });

  test("reasoning, where effort is asked for", async () => {
    const simulator = await start();
    const body = await whole(simulator, { reasoning_effort: "low" });
    const reasoning = at(body, "choices", 0, "message", "reasoning_content");
    expect(reasoning).toEqual(expect.stringContaining("The question is about"));
    expect(at(body, "usage", "completion_tokens_details", "reasoning_tokens")).toBeGreaterThan(5);
    const { text } = await streamed(simulator, { reasoning_effort: "low" });
    expect(textOfStream(text, "reasoning_content")).toBe(reasoning);
    expect(text.lastIndexOf("reasoning_content")).toBeLessThan(text.search(/"content":"[^"]/));
    expect(JSON.stringify(await whole(simulator, { reasoning_effort: "none" }))).not.toContain("reasoning_content");
  });

  test("logprobs, with alternatives", async () => {
    const simulator = await start();
    const body = await whole(simulator, { logprobs: true, top_logprobs: 2, max_tokens: 4 });
    const content = at(body, "choices", 0, "logprobs", "content");
    expect(content).toHaveLength(4);
    expect(at(content, 0)).toMatchObject({ token: "You", bytes: [89, 111, 117] });
    expect(at(content, 0, "logprob")).toBeLessThanOrEqual(0);
    expect(at(content, 0, "top_logprobs")).toHaveLength(2);
    const events = chunks((await streamed(simulator, { logprobs: true, top_logprobs: 2, max_tokens: 4 })).text);
    expect(events.flatMap((event) => at(event, "choices", 0, "logprobs", "content") ?? [])).toEqual(content);
  });

  test("unknown fields and contents in parts are taken, and logged", async () => {
    const simulator = await start();
    const content = [
      { type: "text", text: "Monsoon?" },
      { type: "image_url", image_url: { url: "data:," } },
    ];
    const body = await whole(simulator, { messages: [{ role: "user", content }], top_k: 40, extra: { a: [1] } });
    expect(at(body, "choices", 0, "message", "content")).toContain("Monsoon?");
    expect(simulator.calls[0]?.body).toMatchObject({ top_k: 40, extra: { a: [1] } });
  });
});

describe("tools", () => {
  const ask = { tools: [time, weather], messages: [{ role: "user", content: "Call get_weather for Jakarta" }] };
  const validate = new Ajv2020().compile(weather.function.parameters);

  test("one that the question names is called, with arguments that satisfy its schema", async () => {
    const choice = at(await whole(await start(), ask), "choices", 0);
    expect(choice).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: null,
        tool_calls: [
          { id: expect.stringMatching(/^call_\w{24}$/), type: "function", function: { name: "get_weather" } },
        ],
      },
    });
    const call = JSON.parse(String(at(choice, "message", "tool_calls", 0, "function", "arguments")));
    expect(validate(call)).toBe(true);
    expect(["Jakarta", "Call"]).toContain(call.city);
  });

  test("streamed: id and name on the first piece, the arguments in pieces", async () => {
    const simulator = await start();
    const call = at(await whole(simulator, ask), "choices", 0, "message", "tool_calls", 0);
    const { text } = await streamed(simulator, ask);
    const pieces = chunks(text).flatMap((chunk) => at(chunk, "choices", 0, "delta", "tool_calls", 0) ?? []);
    expect(pieces[0]).toEqual({
      index: 0,
      id: at(call, "id"),
      type: "function",
      function: { name: "get_weather", arguments: "" },
    });
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.slice(1).every((piece) => at(piece, "id") === undefined && at(piece, "index") === 0)).toBe(true);
    expect(pieces.map((piece) => at(piece, "function", "arguments")).join("")).toBe(at(call, "function", "arguments"));
    expect(at(chunks(text).at(-1), "choices", 0, "finish_reason")).toBe("tool_calls");
  });

  const both = [{ role: "user", content: "get time and get weather" }];
  const neither = [{ role: "user", content: "hello" }];
  test.each<[string, object, readonly string[]]>([
    ["none is named", { messages: neither }, []],
    ["both are named", { messages: both }, ["get_time", "get_weather"]],
    ["both, but not at once", { messages: both, parallel_tool_calls: false }, ["get_time"]],
    ["required", { messages: neither, tool_choice: "required" }, ["get_time"]],
    [
      "a function",
      { messages: neither, tool_choice: { type: "function", function: { name: "get_weather" } } },
      ["get_weather"],
    ],
    ["none may be", { messages: both, tool_choice: "none" }, []],
    ["a part of a word", { messages: [{ role: "user", content: "forget times" }] }, []],
  ])("%s", async (_, more, names) => {
    const message = at(await whole(await start(), { tools: [time, weather], ...more }), "choices", 0, "message");
    const calls = at(message, "tool_calls") ?? [];
    expect(Array.isArray(calls) && calls.map((call) => at(call, "function", "name"))).toEqual(names);
    expect(typeof at(message, "content")).toBe(names.length === 0 ? "string" : "object");
  });

  test("a tool choice that is no tool is refused", async () => {
    const body = chat({ tools: [time], tool_choice: { type: "function", function: { name: "nope" } } });
    const answer = await send(await start(), { body });
    expect(answer.status).toBe(400);
    expect(json(answer.text)["error"]).toMatchObject({ param: "tool_choice" });
  });

  test("after the result comes text that quotes it", async () => {
    const messages = [
      { role: "user", content: "get weather" },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "call_1", type: "function", function: { name: "get_weather", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "call_1", content: '{"celsius":31}' },
    ];
    const choice = at(
      await whole(await start(), { tools: [weather], tool_choice: "required", messages }),
      "choices",
      0,
    );
    expect(at(choice, "message", "content")).toContain('{"celsius":31}');
    expect(at(choice, "finish_reason")).toBe("stop");
  });
});

describe("response_format", () => {
  const schema = {
    type: "object",
    properties: { city: { type: "string" }, degrees: { type: "integer", minimum: 20, maximum: 40 } },
    required: ["city", "degrees"],
    additionalProperties: false,
  };

  test("json_schema: the content satisfies it, streamed or not", async () => {
    const simulator = await start();
    const more = { response_format: { type: "json_schema", json_schema: { name: "weather", strict: true, schema } } };
    const content = String(at(await whole(simulator, more), "choices", 0, "message", "content"));
    expect(new Ajv2020().validate(schema, JSON.parse(content))).toBe(true);
    expect(textOfStream((await streamed(simulator, more)).text)).toBe(content);
  });

  test("json_object: the content is an object", async () => {
    const body = await whole(await start(), { response_format: { type: "json_object" } });
    expect(json(String(at(body, "choices", 0, "message", "content")))).toHaveProperty("answer");
  });
});

test("an event for each token, however many leave in one write", async () => {
  const simulator = await start({ models: [{ id: "gpt-4.1", answerTokens: 2_000 }] });
  const { text } = await streamed(simulator);
  // Role, finish reason and [DONE] besides.
  expect(eventData(text)).toHaveLength(2_003);
});
