import { NotFoundError } from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import type {
  ChatCompletionChunk,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from "openai/resources/chat/completions";
import { expect, test } from "vitest";
import { z } from "zod";
import { createSdkClient, openAiUrl } from "./testing/sdk-client.js";
import { useWellProxy } from "./testing/use-well-proxy.js";

const target = useWellProxy();
const client = () => createSdkClient(openAiUrl(target()));
const completions = () => client().chat.completions;

const messages = [
  { role: "user", content: "Tell me about the weather in Jakarta" },
] satisfies ChatCompletionMessageParam[];
const request = { model: "gpt-4.1", messages };
const weather = z.object({ city: z.string(), celsius: z.number(), isRaining: z.boolean() });

async function collect(chunks: AsyncIterable<ChatCompletionChunk>): Promise<readonly ChatCompletionChunk[]> {
  return await Array.fromAsync(chunks);
}
const textOf = (chunks: readonly ChatCompletionChunk[]) =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");

test("create", async () => {
  const answer = await completions().create(request);
  expect(answer).toMatchObject({
    object: "chat.completion",
    model: "gpt-4.1",
    choices: [
      { index: 0, finish_reason: "stop", message: { role: "assistant", content: expect.stringMatching(/.{20}/) } },
    ],
  });
  const { prompt_tokens = 0, completion_tokens = 0, total_tokens } = answer.usage ?? {};
  expect(prompt_tokens).toBeGreaterThan(5);
  expect(completion_tokens).toBeGreaterThan(10);
  expect(total_tokens).toBe(prompt_tokens + completion_tokens);
});

test("withResponse gives the headers of the answer", async () => {
  const { data, response, request_id } = await completions()
    .create({ ...request, model: "auto" })
    .withResponse();
  expect(response.headers.get("x-model-routed")).toBe(data.model);
  expect(response.headers.get("x-region-code")).toBe("DEFAULT");
  expect(Number(response.headers.get("x-edge-latency-ms"))).toBeGreaterThanOrEqual(0);
  expect(response.headers.get("x-meridian-attempts")).toBe("1");
  expect(Number(response.headers.get("x-meridian-cost-nano-usd"))).toBeGreaterThan(0);
  expect(request_id).toMatch(/./);
});

test("stream, with for await", async () => {
  const chunks = await collect(await completions().create({ ...request, stream: true }));
  expect(textOf(chunks)).toBe((await completions().create(request)).choices[0]?.message.content);
  expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  expect(new Set(chunks.map(({ model }) => model))).toEqual(new Set(["gpt-4.1"]));
  expect(chunks.every(({ usage }) => usage === undefined || usage === null)).toBe(true);
});

test("usage on a stream is in a last chunk of its own, and that of the whole answer", async () => {
  const { usage } = await completions().create(request);
  const chunks = await collect(
    await completions().create({ ...request, stream: true, stream_options: { include_usage: true } }),
  );
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage });
  expect(chunks.slice(0, -1).every(({ usage }) => usage === undefined || usage === null)).toBe(true);
});

test("the stream helper", async () => {
  const stream = completions().stream({ ...request, stream_options: { include_usage: true } });
  const deltas: string[] = [];
  stream.on("content", (delta) => deltas.push(delta));
  const [final, whole] = [await stream.finalChatCompletion(), await completions().create(request)];
  expect(final.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
  expect(deltas.join("")).toBe(whole.choices[0]?.message.content);
  expect(final.usage).toEqual(whole.usage);
});

const askForWeather = [
  { role: "user", content: "Please get weather in Jakarta" },
] satisfies ChatCompletionMessageParam[];
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const weatherTool = {
  type: "function",
  function: { name: "get_weather", description: "The weather of a city", parameters },
} satisfies ChatCompletionTool;

test.each([{ stream: false }, { stream: true }])("tools round trip by hand, stream $stream", async ({ stream }) => {
  const ask = async (messages: ChatCompletionMessageParam[]) =>
    stream
      ? await completions()
          .stream({ model: "gpt-4.1", messages, tools: [weatherTool] })
          .finalChatCompletion()
      : await completions().create({ model: "gpt-4.1", messages, tools: [weatherTool] });

  const asked = (await ask(askForWeather)).choices[0];
  expect(asked?.finish_reason).toBe("tool_calls");
  const calls =
    asked?.message.tool_calls?.filter(
      (call): call is ChatCompletionMessageFunctionToolCall => call.type === "function",
    ) ?? [];
  expect(calls.map(({ function: { name } }) => name)).toEqual(["get_weather"]);
  const [call] = calls;
  expect(JSON.parse(call?.function.arguments ?? "")).toEqual({ city: expect.any(String) });

  const result = { role: "tool", tool_call_id: call?.id ?? "", content: "31 degrees and rain" } as const;
  const answer = (await ask([...askForWeather, { role: "assistant", tool_calls: calls }, result])).choices[0];
  expect(answer?.finish_reason).toBe("stop");
  expect(answer?.message.content).toContain("31 degrees and rain");
  expect(target().relay.calls.at(-1)?.body?.["messages"]).toEqual([
    ...askForWeather,
    { role: "assistant", tool_calls: calls },
    result,
  ]);
});

test.each([{ stream: false }, { stream: true }] as const)("runTools, stream $stream", async ({ stream }) => {
  const cities: string[] = [];
  const tools = [
    {
      type: "function",
      function: {
        ...weatherTool.function,
        parse: (text: string) => weather.pick({ city: true }).parse(JSON.parse(text)),
        function({ city }: { readonly city: string }) {
          cities.push(city);
          return "31 degrees and rain";
        },
      },
    },
  ] as const;
  const body = { model: "gpt-4.1", messages: askForWeather, tools: [...tools] };
  const runner = stream ? completions().runTools({ ...body, stream }) : completions().runTools({ ...body, stream });
  expect(await runner.finalContent()).toContain("31 degrees and rain");
  expect(cities).toEqual([expect.stringMatching(/./)]);
  expect(runner.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "assistant"]);
});

test("the parse helper gives what the schema says", async () => {
  const answer = await completions().parse({ ...request, response_format: zodResponseFormat(weather, "weather") });
  expect(weather.safeParse(answer.choices[0]?.message.parsed).error).toBeUndefined();
  expect(target().relay.calls.at(-1)?.body?.["response_format"]).toMatchObject({
    type: "json_schema",
    json_schema: { name: "weather", strict: true },
  });
});

test("the stream helper parses too", async () => {
  const stream = completions().stream({ ...request, response_format: zodResponseFormat(weather, "weather") });
  const answer = await stream.finalChatCompletion();
  expect(weather.safeParse(answer.choices[0]?.message.parsed).error).toBeUndefined();
});

test("lists the models, and tells about one", async () => {
  const models = await Array.fromAsync(client().models.list());
  expect(models.map(({ id }) => id)).toEqual(expect.arrayContaining(["gpt-4.1", "deepseek-v3.2"]));
  const model = await client().models.retrieve("gpt-4.1");
  expect(model).toMatchObject({ id: "gpt-4.1", object: "model", owned_by: expect.any(String) });
  expect(models).toContainEqual(expect.objectContaining({ id: "gpt-4.1", created: model.created }));
});

test("a model that is not there is a NotFoundError", async () => {
  const error = await client()
    .models.retrieve("gpt-none")
    .catch((error: unknown) => error);
  expect(error).toBeInstanceOf(NotFoundError);
  expect(error).toMatchObject({ status: 404, code: "model_not_found", type: "invalid_request_error", param: "model" });
});
