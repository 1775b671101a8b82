import { isJsonObject, type JsonObject, parseExactJson } from "@meridian/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { chatChunks, chatCompletion } from "./testing/chat-answer-arbitraries.js";
import { jsonLines } from "./testing/json-lines.js";
import { useRecordedProxy } from "./testing/use-recorded-proxy.js";

const target = useRecordedProxy();
const model = "gpt-4.1";
const hello = { model, messages: [{ role: "user", content: "Hello" }] };

/** What the caller gets where the relay answers so. */
async function answered(whole: string): Promise<JsonObject> {
  target().relay.answer = () => ({ whole, events: [] });
  const response = await target().post(JSON.stringify(hello));
  expect(response.status).toBe(200);
  return objectFrom(await response.text());
}

/** What the caller gets where the relay streams so, but for the `[DONE]` at its end. */
async function streamed(events: readonly string[], options: object = {}): Promise<readonly JsonObject[]> {
  target().relay.answer = () => ({ whole: "", events });
  const response = await target().post(JSON.stringify({ ...hello, stream: true, ...options }));
  expect(response.status).toBe(200);
  const lines = (await response.text()).split("\n\n").filter((line) => line !== "");
  expect(lines.at(-1)).toBe("data: [DONE]");
  return lines.slice(0, -1).map((line) => objectFrom(line.replace(/^data: /, "")));
}

function objectFrom(text: string): JsonObject {
  const value = parseExactJson(text);
  if (!isJsonObject(value)) throw new Error(`not an object: ${text}`);
  return value;
}

function expectEqual(got: JsonObject | readonly JsonObject[], expected: JsonObject | readonly JsonObject[]): void {
  expect(jsonLines(JSON.stringify(got))).toEqual(jsonLines(JSON.stringify(expected)));
}

const withUsage = { stream_options: { include_usage: true } };
test("whatever a relay answers comes back as it is", async () => {
  await fc.assert(
    fc.asyncProperty(
      chatCompletion.map((completion) => JSON.stringify(completion)),
      async (whole) => {
        const sent = objectFrom(whole);
        const { usage, ...got } = await answered(whole);
        // Where a relay tells no usage, Meridian counts.
        if (!("usage" in sent)) expect(usage).toMatchObject({ source: "estimated" });
        expectEqual("usage" in sent ? { ...got, usage: usage ?? null } : got, { ...sent, model });
      },
    ),
    { numRuns: 60 },
  );
});

test("whatever a relay streams comes back as it is, and in its order", async () => {
  await fc.assert(
    fc.asyncProperty(
      chatChunks.map((chunks) => chunks.map((chunk) => JSON.stringify(chunk))),
      async (events) => {
        const sent = events.map((event) => ({ ...objectFrom(event), model }));
        expectEqual(await streamed(events, withUsage), sent);
        // The last one is that of the usage, which the others have as null.
        const withoutUsage = sent.slice(0, -1).map(({ usage: _, ...chunk }: JsonObject) => chunk);
        expectEqual(await streamed(events), withoutUsage);
      },
    ),
    { numRuns: 50 },
  );
});

/** How relays stream that are not quite as the specification has it. */
const frame = { id: "c-1", object: "chat.completion.chunk", created: 1, model: "upstream" };
const choice = { index: 0, delta: { content: "Yes" }, finish_reason: null };
const finished = { index: 0, delta: {}, finish_reason: "stop" };
const usage = {
  prompt_tokens: 3,
  completion_tokens: 1,
  total_tokens: 4,
  cost: 0.5,
  prompt_tokens_details: { x: [null] },
};
const filters = { prompt_filter_results: [{ prompt_index: 0, content_filter_results: { hate: { filtered: false } } }] };
const toolCall = {
  index: 0,
  id: "1",
  type: "function",
  function: { name: "f", arguments: "" },
  extra_content: { a: 1 },
};

const shapes: readonly {
  readonly name: string;
  readonly sent: readonly JsonObject[];
  readonly got?: readonly JsonObject[];
}[] = [
  {
    name: "filters before anything, without an id, and with the end",
    sent: [
      { ...frame, id: "", created: 0, choices: [], ...filters },
      { ...frame, choices: [choice] },
      { ...frame, choices: [{ ...finished, content_filter_results: {} }], ...filters },
      { ...frame, choices: [], usage, ...filters },
    ],
  },
  {
    name: "usage in the chunk of the end",
    sent: [
      { ...frame, choices: [choice] },
      { ...frame, choices: [finished], usage },
    ],
    got: [
      { ...frame, choices: [choice] },
      { ...frame, choices: [finished] },
      { ...frame, choices: [], usage },
    ],
  },
  {
    name: "usage so far in every chunk",
    sent: [
      { ...frame, choices: [choice], usage: { ...usage, completion_tokens: 0 } },
      { ...frame, choices: [finished], usage },
    ],
    got: [
      { ...frame, choices: [choice] },
      { ...frame, choices: [finished] },
      { ...frame, choices: [], usage },
    ],
  },
  {
    name: "tool calls with fields of their own, and reasoning by both names",
    sent: [
      {
        ...frame,
        choices: [{ index: 0, delta: { role: "assistant", reasoning: "a", reasoning_details: [{ text: "a" }] } }],
      },
      { ...frame, choices: [{ index: 0, delta: { reasoning_content: "b" } }] },
      { ...frame, choices: [{ index: 0, delta: { tool_calls: [toolCall] } }] },
      { ...frame, choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: "{}" } }] } }] },
      { ...frame, choices: [{ index: 0, delta: {}, finish_reason: "tool_calls", native_finish_reason: "TOOL" }] },
      { ...frame, choices: [], usage },
    ],
  },
  {
    name: "half a character at a time",
    sent: [
      { ...frame, choices: [{ ...choice, delta: { content: "\ud83c" } }] },
      { ...frame, choices: [{ ...choice, delta: { content: "\udf26" } }] },
      { ...frame, choices: [finished] },
      { ...frame, choices: [], usage },
    ],
  },
];

test.for(shapes)("a stream with $name", async ({ sent, got = sent }) => {
  const events = sent.map((chunk) => JSON.stringify(chunk));
  const expected = got.map((chunk) => ({ ...chunk, model }));
  expectEqual(await streamed(events, withUsage), expected);
  expectEqual(await streamed(events), expected.slice(0, -1));
  const [last, ...before] = (await streamed(events, { ...withUsage, meridian: { report: true } })).toReversed();
  expectEqual(before.toReversed(), expected.slice(0, -1));
  const { meridian, ...rest } = last ?? {};
  expectEqual(rest, expected.at(-1) ?? {});
  expect(meridian).toMatchObject({ model, attempts: [{ outcome: "ok", transport: "stream" }] });
});
