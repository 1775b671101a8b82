import { create, toJson } from "@bufbuild/protobuf";
import { ChatResponseSchema, type StreamChatResponse } from "@meridian/inference-proto";
import { expect, test } from "vitest";
import { collect } from "./node.js";
import { endEvent, restartEvent, startEvent, streamEvent, textEvent } from "./test/stream-events.js";

async function* streamOf(events: readonly StreamChatResponse[]) {
  yield* events;
}

test("everything of every choice", async () => {
  const answer = await collect(
    streamOf([
      startEvent,
      streamEvent({ case: "reasoningDelta", value: { text: "Let me " } }),
      streamEvent({ case: "reasoningDelta", value: { text: "think." } }),
      streamEvent({ case: "textDelta", value: { text: "Hi", logprobs: [{ token: "Hi", logprob: -0.5 }] } }),
      streamEvent({
        case: "refusalDelta",
        value: { choice: 2, text: "I ca", logprobs: [{ token: "I ca", logprob: -1 }] },
      }),
      streamEvent({ case: "toolCallDelta", value: { choice: 1, index: 1, id: "call-b", name: "second" } }),
      streamEvent({
        case: "toolCallDelta",
        value: { choice: 1, index: 0, id: "call-a", name: "first", arguments: '{"a"' },
      }),
      streamEvent({ case: "toolCallDelta", value: { choice: 1, index: 1, arguments: "{}" } }),
      streamEvent({ case: "toolCallDelta", value: { choice: 1, index: 0, arguments: ":1}" } }),
      streamEvent({ case: "refusalDelta", value: { choice: 2, text: "nnot" } }),
      streamEvent({ case: "textDelta", value: { text: "!", logprobs: [{ token: "!", logprob: -0.25 }] } }),
      streamEvent({ case: undefined }),
      streamEvent({
        case: "end",
        value: {
          finishReason: "stop",
          usage: { promptTokens: 3, completionTokens: 9, totalTokens: 12, source: "reported" },
          route: { requestId: "request-1", model: "gpt-4.1", totalCostNanoUsd: 72_000n },
          choices: [
            { choice: 0, finishReason: "stop" },
            { choice: 1, finishReason: "tool_calls" },
            { choice: 2, finishReason: "content_filter" },
            { choice: 3, finishReason: "length" },
          ],
        },
      }),
    ]),
  );
  const call = (id: string, name: string, args: string) => ({
    id,
    type: "function",
    function: { name, arguments: args },
  });
  const expected = create(ChatResponseSchema, {
    id: "answer-1",
    created: 1_700_000_000n,
    model: "gpt-4.1",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "Hi!", reasoning: "Let me think." },
        finishReason: "stop",
        logprobs: {
          content: [
            { token: "Hi", logprob: -0.5 },
            { token: "!", logprob: -0.25 },
          ],
        },
      },
      {
        index: 1,
        message: { role: "assistant", toolCalls: [call("call-a", "first", '{"a":1}'), call("call-b", "second", "{}")] },
        finishReason: "tool_calls",
      },
      {
        index: 2,
        message: { role: "assistant", refusal: "I cannot" },
        finishReason: "content_filter",
        logprobs: { refusal: [{ token: "I ca", logprob: -1 }] },
      },
      { index: 3, message: { role: "assistant", content: "" }, finishReason: "length" },
    ],
    usage: { promptTokens: 3, completionTokens: 9, totalTokens: 12, source: "reported" },
    route: { requestId: "request-1", model: "gpt-4.1", totalCostNanoUsd: 72_000n },
  });
  expect(toJson(ChatResponseSchema, answer)).toEqual(toJson(ChatResponseSchema, expected));
});

test("a restart voids text, tool calls, reasoning and identity", async () => {
  const answer = await collect(
    streamOf([
      startEvent,
      textEvent("void"),
      textEvent("void too", 1),
      streamEvent({ case: "toolCallDelta", value: { index: 0, id: "call-a", name: "first" } }),
      streamEvent({ case: "reasoningDelta", value: { text: "void" } }),
      restartEvent,
      textEvent("whole"),
      endEvent,
    ]),
  );
  expect(answer).toMatchObject({ id: "answer-2", created: 1_700_000_001n, model: "gemini-2.5-flash" });
  expect(answer.choices).toHaveLength(1);
  expect(answer.choices[0]?.message).toMatchObject({ content: "whole", toolCalls: [] });
  expect(answer.choices[0]?.message?.reasoning).toBeUndefined();
});

test.each([
  ["nothing", []],
  ["no end", [startEvent, textEvent("half")]],
  ["no end after a restart", [startEvent, textEvent("half"), restartEvent, textEvent("whole?")]],
])("a stream with %s is refused", async (_name, events) => {
  await expect(collect(streamOf(events))).rejects.toMatchObject({
    name: "InferenceError",
    code: "aborted",
    reason: "stream_truncated",
  });
});
