import type { JsonObject } from "@meridian/core";
import type { CallEvent } from "@meridian/dispatch";
import { expect, test } from "vitest";
import { exampleDeployment as deployment, examplePlan } from "../testing/example-route.js";
import { createChatChunks } from "./chat-chunks.js";

const report = { requestId: "r1", plan: examplePlan, attempts: [], configVersion: "c1" };
const usage = { promptTokens: 5, completionTokens: 7, cachedTokens: 0, reasoningTokens: 0 };
const identity = { id: "x", created: 7 };
const start: CallEvent = { type: "stream-start", identity, deployment, attempts: [] };
const source = (chunk: JsonObject): CallEvent => ({ type: "source-chunk", chunk, isContent: true, length: 1 });
const end = (provenance: "reported" | "estimated"): CallEvent => ({
  type: "stream-end",
  ends: [],
  usage: { ...usage, provenance },
  deployment,
  attempts: [],
});

/** The chunks of a stream, whether its events come together or one by one. */
function chunksOf(events: readonly CallEvent[], includesUsage = false, includesRoute = false) {
  const chunksIn = (...batches: (readonly CallEvent[])[]) => {
    const toChunks = createChatChunks({ includesUsage, includesRoute });
    return batches.flatMap((batch) => toChunks({ events: batch, report: () => report }));
  };
  const together = chunksIn(events);
  expect(chunksIn(...events.map((event) => [event]))).toEqual(together);
  return together;
}

const text = { id: "x", choices: [{ index: 0, delta: { content: "a" } }], extra: { deep: null }, model: "upstream" };
const told = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12, cost: 0.1 };
const delta: CallEvent = { type: "text-delta", choice: 0, text: "a", logprobs: [] };

test("the relay's chunks as they are, with the catalogue's model and without usage", () => {
  const events = [start, source({ ...text, usage: null }), delta, source({ ...text, usage: told }), end("reported")];
  expect(chunksOf(events)).toEqual([
    { ...text, model: "gpt-4.1" },
    { ...text, model: "gpt-4.1" },
  ]);
});

test("a chunk of usage alone is kept for the end, with all that is in it", () => {
  const last = { id: "x", object: "o", choices: [], usage: told, extra: 1 };
  const events = [start, source(last), end("reported")];
  expect(chunksOf(events)).toEqual([]);
  expect(chunksOf(events, true)).toEqual([{ ...last, created: 7, model: "gpt-4.1" }]);
});

test("usage that says nothing does not take the place of what was told", () => {
  const events = [start, source({ ...text, usage: told }), source({ ...text, usage: {} }), end("reported")];
  expect(chunksOf(events, true).at(-1)).toMatchObject({ usage: told });
});

test("a chunk without choices that is not about usage goes on", () => {
  const filter = { id: "", choices: [], prompt_filter_results: [] };
  expect(chunksOf([start, source(filter), end("reported")])).toEqual([{ ...filter, model: "gpt-4.1" }]);
});

test("where the relay told no usage, it is Meridian's count, and says so", () => {
  const [, last] = chunksOf([start, source(text), end("estimated")], true);
  expect(last).toMatchObject({ id: "x", object: "chat.completion.chunk", created: 7, choices: [] });
  expect(last).toMatchObject({ usage: { total_tokens: 12, source: "estimated" } });
});

test("the route comes last, with or without usage", () => {
  const [last] = chunksOf([start, end("reported")], false, true);
  expect(last).toMatchObject({ model: "gpt-4.1", choices: [], meridian: { request_id: "r1" } });
  expect(last).not.toHaveProperty("usage");
});
