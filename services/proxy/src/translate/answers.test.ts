import { expect, test } from "vitest";
import { exampleDeployment as deployment, exampleAttempt, examplePlan } from "../testing/example-route.js";
import { chatResponseFrom } from "./chat-response.js";
import { type ContractEvent, streamEventFrom } from "./stream-event.js";

const report = { requestId: "r1", plan: examplePlan, attempts: [], configVersion: "c1" };
const usage = {
  promptTokens: 5,
  completionTokens: 7,
  cachedTokens: 2,
  reasoningTokens: 3,
  provenance: "estimated",
} as const;
const usageMessage = {
  promptTokens: 5,
  completionTokens: 7,
  totalTokens: 12,
  cachedTokens: 2,
  reasoningTokens: 3,
  source: "estimated",
};
const logprobs = [
  { token: "a", logprob: -0.5, bytes: [97], topLogprobs: [{ token: "b", logprob: -1, bytes: undefined }] },
];
const logprobsMessage = [
  {
    token: "a",
    logprob: -0.5,
    bytes: Uint8Array.of(97),
    topLogprobs: [{ token: "b", logprob: -1, bytes: new Uint8Array() }],
  },
];
const bare = { reasoning: undefined, refusal: undefined, toolCalls: [], contentLogprobs: [], refusalLogprobs: [] };
const identity = { id: "chatcmpl-1", created: 1_700_000_000 };

test("a whole answer, with every field of a choice", () => {
  const toolCalls = [{ id: "c1", name: "f", arguments: "{" }];
  const full = {
    index: 1,
    content: undefined,
    reasoning: "because",
    refusal: "no",
    toolCalls,
    finishReason: "tool_calls",
    contentLogprobs: logprobs,
    refusalLogprobs: [],
  };
  const answer = { ...identity, choices: [{ ...bare, index: 0, content: "", finishReason: "stop" }, full], usage };
  const response = chatResponseFrom({ answer, usage, deployment }, report);
  expect(response).toMatchObject({
    id: "chatcmpl-1",
    created: 1_700_000_000n,
    model: "gpt-4.1",
    usage: usageMessage,
    route: { requestId: "r1" },
    choices: [
      { index: 0, finishReason: "stop", message: { role: "assistant", content: "", toolCalls: [] } },
      {
        index: 1,
        finishReason: "tool_calls",
        message: {
          role: "assistant",
          reasoning: "because",
          refusal: "no",
          toolCalls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{" } }],
        },
        logprobs: { content: logprobsMessage, refusal: [] },
      },
    ],
  });
  const [first, second] = response.choices;
  // What the relay did not give is not there, rather than empty.
  expect(first).not.toHaveProperty("logprobs");
  expect(first?.message).not.toHaveProperty("refusal");
  expect(second?.message?.content ?? "unset").toBe("unset");
});

const rows: readonly { readonly event: ContractEvent; readonly expected: object }[] = [
  {
    event: { type: "stream-start", identity, deployment, attempts: [] },
    expected: {
      case: "start",
      value: { id: "chatcmpl-1", created: 1_700_000_000n, model: "gpt-4.1", route: { requestId: "r1" } },
    },
  },
  {
    event: { type: "text-delta", choice: 1, text: "hi", logprobs },
    expected: { case: "textDelta", value: { choice: 1, text: "hi", logprobs: logprobsMessage } },
  },
  {
    event: { type: "reasoning-delta", choice: 1, text: "hm" },
    expected: { case: "reasoningDelta", value: { choice: 1, text: "hm" } },
  },
  {
    event: { type: "refusal-delta", choice: 1, text: "no", logprobs: [] },
    expected: { case: "refusalDelta", value: { choice: 1, text: "no", logprobs: [] } },
  },
  {
    event: { type: "tool-call-delta", choice: 1, index: 2, id: "c1", name: "f", arguments: "" },
    expected: { case: "toolCallDelta", value: { choice: 1, index: 2, id: "c1", name: "f", arguments: "" } },
  },
  {
    event: { type: "tool-call-delta", choice: 0, index: 0, id: undefined, name: undefined, arguments: "{" },
    expected: { case: "toolCallDelta", value: { choice: 0, index: 0, id: "", name: "", arguments: "{" } },
  },
];

test.for(rows)("a stream's $event.type", ({ event, expected }) => {
  expect(streamEventFrom(event, () => report).event).toMatchObject(expected);
});

test("a stream's restart says why, and who answers now", () => {
  const event = {
    type: "stream-restart",
    reason: "stream_truncated",
    identity,
    deployment,
    attempts: [exampleAttempt],
  } as const;
  expect(streamEventFrom(event, () => report).event).toMatchObject({
    case: "restart",
    value: {
      reason: "stream_truncated",
      id: "chatcmpl-1",
      created: 1_700_000_000n,
      model: "gpt-4.1",
      route: { requestId: "r1" },
    },
  });
});

test("a stream's end has the end of each choice, and choice 0's for itself", () => {
  const ends = [
    { choice: 1, finishReason: "length" },
    { choice: 0, finishReason: "stop" },
  ];
  const event = { type: "stream-end", ends, usage, deployment, attempts: [exampleAttempt] } as const;
  expect(streamEventFrom(event, () => report).event).toMatchObject({
    case: "end",
    value: { finishReason: "stop", choices: ends, usage: usageMessage, route: { requestId: "r1" } },
  });
});
