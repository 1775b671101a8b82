import type { AnswerEvent } from "@meridian/core";

const chunk = (choices: readonly object[], more: object = {}) =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_700_000_000, choices, ...more })}`;

const one = (index: number, delta: object, finish_reason: string | null = null) =>
  chunk([{ index, delta, finish_reason }]);

const weather = { index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: "" } };

/** A stream with everything in it: two choices, all kinds of deltas, every line end, text of 1 to 4 bytes a character. */
export const richStream: Buffer = Buffer.from(
  [
    "\ufeff: keep-alive é한😀\n\n",
    `${one(0, { role: "assistant", content: "" })}\n\n`,
    `event: message\r\nid: 7\r\n${one(0, { reasoning_content: "Hm… 생각" })}\r\n\r\n`,
    `${one(0, { content: "Grüße, 안녕 " })}\r\r`,
    ":\n\n",
    `${one(1, { content: "\ud83d\ude00👩‍👩‍👧" })}\n\n`,
    // An event of two lines.
    `data: {"id":"chatcmpl-1","choices":[{"index":0,\ndata:"delta":{"content":"two\\nlines"}}]}\n\n`,
    "retry: 10\nunknown: field\n\n",
    `${one(0, { tool_calls: [weather] })}\n\n${one(0, { tool_calls: [{ index: 0, function: { arguments: '{"city":"서울"}' } }] })}\n\n`,
    `${one(1, { refusal: "Não." })}\n\n`,
    `${one(1, {}, "stop")}\r\n\r\n`,
    `${one(0, {}, "tool_calls")}\n\n`,
    `${chunk([], { usage: { prompt_tokens: 9, completion_tokens: 12 } })}\n\n`,
    "data: [DONE]\n\n",
  ].join(""),
);

/** What it says. */
export const richEvents: readonly AnswerEvent[] = [
  { type: "answer-identity", identity: { id: "chatcmpl-1", created: 1_700_000_000 } },
  { type: "reasoning-delta", choice: 0, text: "Hm… 생각" },
  { type: "text-delta", choice: 0, text: "Grüße, 안녕 ", logprobs: [] },
  { type: "text-delta", choice: 1, text: "😀👩‍👩‍👧", logprobs: [] },
  { type: "text-delta", choice: 0, text: "two\nlines", logprobs: [] },
  { type: "tool-call-delta", choice: 0, index: 0, id: "call_1", name: "weather", arguments: "" },
  { type: "tool-call-delta", choice: 0, index: 0, id: undefined, name: undefined, arguments: '{"city":"서울"}' },
  { type: "refusal-delta", choice: 1, text: "Não.", logprobs: [] },
  { type: "choice-end", choice: 1, finishReason: "stop" },
  { type: "choice-end", choice: 0, finishReason: "tool_calls" },
  {
    type: "answer-usage",
    usage: { promptTokens: 9, completionTokens: 12, cachedTokens: 0, reasoningTokens: 0, provenance: "reported" },
  },
];
