import { generateText, isStepCount, NoObjectGeneratedError, Output, streamText, tool } from "ai";
import { expect, test } from "vitest";
import { z } from "zod";
import { createAiProvider, openAiUrl } from "./testing/sdk-client.js";
import { useWellProxy } from "./testing/use-well-proxy.js";

const target = useWellProxy();
const model = (id = "gpt-4.1") => createAiProvider(openAiUrl(target()))(id);
const prompt = "Tell me about the weather in Jakarta";
const maxRetries = 0;

test("generateText", async () => {
  const { text, finishReason, usage, response } = await generateText({ model: model(), prompt, maxRetries });
  expect(text).toMatch(/.{20}/);
  expect(finishReason).toBe("stop");
  expect(usage.inputTokens).toBeGreaterThan(5);
  expect(usage.outputTokens).toBeGreaterThan(10);
  expect(response.modelId).toBe("gpt-4.1");
});

test("a routed model is told by the answer and its headers", async () => {
  const { response } = await generateText({ model: model("auto"), prompt, maxRetries });
  expect(response.headers).toMatchObject({ "x-model-routed": response.modelId, "x-region-code": "DEFAULT" });
});

test("streamText, with usage", async () => {
  const whole = await generateText({ model: model(), prompt, maxRetries });
  const stream = streamText({ model: model(), prompt, maxRetries });
  expect((await Array.fromAsync(stream.textStream)).join("")).toBe(whole.text);
  expect(await stream.finishReason).toBe("stop");
  expect(await stream.usage).toMatchObject({
    inputTokens: whole.usage.inputTokens,
    outputTokens: whole.usage.outputTokens,
  });
});

const cities: string[] = [];
const tools = {
  get_weather: tool({
    description: "The weather of a city",
    inputSchema: z.object({ city: z.string() }),
    execute({ city }) {
      cities.push(city);
      return "31 degrees and rain";
    },
  }),
};
const askForWeather = { prompt: "Please get weather in Jakarta", tools, stopWhen: isStepCount(3), maxRetries };

test("generateText calls a tool and answers with its result", async () => {
  cities.length = 0;
  const { text, steps } = await generateText({ model: model(), ...askForWeather });
  expect(steps.map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"]);
  expect(text).toContain("31 degrees and rain");
  expect(cities).toEqual([expect.stringMatching(/./)]);
});

test("streamText calls a tool and answers with its result", async () => {
  cities.length = 0;
  const stream = streamText({ model: model(), ...askForWeather });
  await stream.consumeStream();
  expect((await stream.steps).map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"]);
  expect(await stream.text).toContain("31 degrees and rain");
  expect(cities).toEqual([expect.stringMatching(/./)]);
});

const output = Output.object({
  name: "weather",
  schema: z.object({ city: z.string(), celsius: z.number(), isRaining: z.boolean() }),
});
const aWeather = { city: expect.any(String), celsius: expect.any(Number), isRaining: expect.any(Boolean) };

test("structured output of generateText", async () => {
  const { output: weather } = await generateText({ model: model(), prompt, output, maxRetries });
  expect(weather).toEqual(aWeather);
  expect(target().relay.calls.at(-1)?.body?.["response_format"]).toMatchObject({
    type: "json_schema",
    json_schema: { name: "weather", strict: true },
  });
});

test("structured output of streamText", async () => {
  const stream = streamText({ model: model(), prompt, output, maxRetries });
  await stream.consumeStream();
  expect(await stream.output).toEqual(aWeather);
});

test("structured output that was cut by the limit of tokens is a NoObjectGeneratedError", async () => {
  const answer = generateText({ model: model(), prompt, output, maxRetries, maxOutputTokens: 2 });
  const error = await answer.then(({ output }) => output).catch((error: unknown) => error);
  expect(NoObjectGeneratedError.isInstance(error) || error).toBe(true);
});

test("Meridian's own fields go along as options of the provider", async () => {
  const { response } = await generateText({
    model: model("auto"),
    prompt,
    maxRetries,
    include: { responseBody: true },
    providerOptions: { meridian: { meridian: { report: true, allowed_models: ["deepseek-v3.2"] } } },
  });
  expect(response.modelId).toBe("deepseek-v3.2");
  expect(response.body).toMatchObject({ meridian: { model: "deepseek-v3.2" } });
});
