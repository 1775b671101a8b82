import { createHash } from "node:crypto";

/** The same request for every subject: an OpenAI body of about 50 tokens that is neither simple nor hard to route. */
export const requestFixture = {
  messages: [
    { role: "system", content: "You answer customers of a furniture shop. Be brief, friendly and exact." },
    {
      role: "user",
      content:
        "My order of two oak chairs should have come on Monday. One of them came today with a scratch on its seat. Can I keep it at a lower price, or do I have to send it back?",
    },
  ],
  max_tokens: 256,
} as const;

const identity = { id: "chatcmpl-bench-0001", created: 1_790_000_000, model: "gemini-2.5-flash" } as const;
const usage = { prompt_tokens: 61, completion_tokens: 62, total_tokens: 123 } as const;

/** The text of the answer that is not streamed. */
export const answerText =
  "You may keep it. We take a fifth off the price of a chair with a scratch, and you have thirty days to change your mind. Reply with a picture of the seat and we send the money back to your card on the same day; nothing has to be returned. The other chair leaves our store tomorrow.";

/** The body of the answer that is not streamed: about 600 bytes. */
export const answerBody = JSON.stringify({
  ...identity,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: answerText }, logprobs: null, finish_reason: "stop" }],
  usage,
  system_fingerprint: "fp_bench",
});

/** The text of each content chunk of a stream. */
export const chunkText = "chair ";

/** What every subject must have said at the end of a stream. */
export function streamText(chunks: number): string {
  return chunkText.repeat(chunks);
}

/** The server-sent events of a stream. See https://platform.openai.com/docs/api-reference/chat-streaming. */
export const streamEvents = {
  first: event([{ index: 0, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }]),
  content: event([{ index: 0, delta: { content: chunkText }, logprobs: null, finish_reason: null }]),
  last: [
    event([{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }]),
    event([], usage),
    "data: [DONE]\n\n",
  ].join(""),
} as const;

/** Two runs with the same hash, in hexadecimal, asked and answered the same bytes. */
export function fixtureSha256(): string {
  const parts = [requestFixture, answerBody, streamEvents];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function event(choices: readonly object[], chunkUsage: object | null = null): string {
  const chunk = { ...identity, object: "chat.completion.chunk", choices, usage: chunkUsage };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}
