import type { AnswerEvent, JsonObject } from "@meridian/core";
import { expect, test } from "vitest";
import { answerOf, end, fault, identity, silence, text, truncated, wait } from "./testing/answers.js";
import { runStream } from "./testing/run-stream.js";
import { useScenarios } from "./testing/use-scenarios.js";

const create = useScenarios();

const chunk = (name: string, isContent: boolean): AnswerEvent => ({
  type: "source-chunk",
  chunk: { name },
  isContent,
  length: 10,
});
const role = chunk("role", false);
const sound = chunk("sound", true);
const finish = chunk("finish", false);

test("every chunk of the relay goes on, those without content too", async () => {
  const steps = [identity("x"), role, chunk("text", true), text("hello"), finish, end()];
  const { shown, end: ended } = await runStream(create({ scripts: [{ steps }] }));
  // The delta is in its chunk, and only counted.
  expect(shown).toEqual(["start a", '{"name":"role"}', '{"name":"text"}', '{"name":"finish"}', "end stop"]);
  expect(ended?.usage).toMatchObject({ completionTokens: "hello".length, provenance: "estimated" });
});

test("chunks without content commit nothing: the next candidate answers unseen", async () => {
  const scripts = [
    { steps: [identity("x"), role, fault(truncated)] },
    { steps: [identity("y"), sound, finish, end()] },
  ];
  const { shown } = await runStream(create({ scripts }));
  expect(shown).toEqual(["start b", '{"name":"sound"}', '{"name":"finish"}', "end stop"]);
});

test("nor do they hold the first-token limit off", async () => {
  const { tried } = await runStream(create({ scripts: [{ steps: [role, silence] }, { answer: answerOf("hello") }] }));
  expect(tried).toEqual(["a/key stream first_token_limit", "b/key unary ok"]);
});

test("a chunk with content that is not modelled commits", async () => {
  const { shown, failure } = await runStream(create({ scripts: [{ steps: [sound, fault(truncated)] }] }));
  expect(shown).toEqual(["start a", '{"name":"sound"}']);
  expect(failure).toEqual(truncated);
});

test("buffered: chunks are held back with the rest", async () => {
  const steps = [role, sound, fault(truncated)];
  const scripts = [{ steps }, { steps: [role, sound, finish, end()] }];
  const { shown } = await runStream(create({ commit: "buffered", scripts }));
  expect(shown.slice(0, 3)).toEqual(["start b", '{"name":"role"}', '{"name":"sound"}']);
});

test("of chunks without content no more are kept than any relay needs: the first, and the last", async () => {
  const silent = Array.from({ length: 70 }, (_, index) => [chunk(String(index), false), wait(10)]).flat();
  const { shown } = await runStream(create({ scripts: [{ steps: [...silent, finish, end()] }] }));
  const numbers = Array.from({ length: 70 }, (_, index) => `{"name":"${index}"}`);
  expect(shown).toEqual(["start a", ...numbers.slice(0, 32), ...numbers.slice(-31), '{"name":"finish"}', "end stop"]);
});

test("a whole answer in place of a stream comes as the chunks that it would have been", async () => {
  const call = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } };
  const source: JsonObject = {
    id: "x",
    object: "chat.completion",
    service_tier: "flex",
    choices: [
      { index: 0, message: { role: "assistant", content: "a", annotations: [1] }, finish_reason: "stop", extra: true },
      { message: { role: "assistant", content: null, tool_calls: [call] }, finish_reason: "tool_calls" },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 2 },
  };
  const answer = { ...answerOf("a"), source };
  const { events } = await runStream(create({ scripts: [{ steps: [silence] }, { answer }] }));
  const chunks = events.flatMap((event) => (event.type === "source-chunk" ? event.chunk : []));
  const base = { id: "x", object: "chat.completion.chunk", service_tier: "flex" };
  const first = { role: "assistant", content: "a", annotations: [1] };
  const second = { role: "assistant", content: null, tool_calls: [{ index: 0, ...call }] };
  expect(chunks).toEqual([
    { ...base, choices: [{ index: 0, delta: first, finish_reason: null, extra: true }] },
    { ...base, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
    { ...base, choices: [{ index: 1, delta: second, finish_reason: null }] },
    { ...base, choices: [{ index: 1, delta: {}, finish_reason: "tool_calls" }] },
    { ...base, choices: [], usage: source["usage"] },
  ]);
});
