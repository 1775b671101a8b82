import { createHash } from "node:crypto";

/** How long a prompt is, about, in tokens of o200k_base: a question, a page, a long document. */
export type PromptTokens = 50 | 1_000 | 10_000;

/** A request as OpenAI's API takes it. */
export interface RequestFixture {
  readonly messages: readonly { readonly role: "system" | "user"; readonly content: string }[];
  readonly max_tokens: number;
}

const system = "You answer customers of a furniture shop. Be brief, friendly and exact.";
const question =
  "My order of two oak chairs should have come on Monday. One of them came today with a scratch on its seat. Can I keep it at a lower price, or do I have to send it back?";

/** The same request for every subject, of each length. The short one is neither simple nor hard to route. */
export const requestFixtures: Readonly<Record<PromptTokens, RequestFixture>> = {
  50: requestOf(question),
  1000: requestOf(letters(12)),
  10000: requestOf(letters(123)),
};

function requestOf(content: string): RequestFixture {
  return {
    messages: [
      { role: "system", content: system },
      { role: "user", content },
    ],
    max_tokens: 256,
  };
}

/** Letters of customers, no two alike, and the question at their end. */
function letters(count: number): string {
  const rooms = ["kitchen", "hall", "study", "bedroom", "garden house"];
  const things = ["table", "shelf", "lamp", "bench", "wardrobe", "mirror", "carpet"];
  const days = ["Monday", "Tuesday", "Wednesday", "Thursday"];
  const texts = Array.from({ length: count }, (_, index) => {
    const [room, thing, day] = [rooms, things, days].map((words) => words[index % words.length]);
    return `Letter ${index + 1}. Dear shop, the ${thing} for our ${room}, order ${41_000 + 37 * index}, was promised for ${day} and came ${1 + (index % 9)} days later. The driver was "in a hurry", left it at the door, and two screws are missing;\nplease send them, and tell us whether the guarantee of ${2 + (index % 4)} years counts from the order or from the day it came. We paid ${120 + 13 * index} euros.`;
  });
  return `${texts.join("\n\n")}\n\n${question}`;
}

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
  const parts = [requestFixtures, answerBody, streamEvents];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function event(choices: readonly object[], chunkUsage: object | null = null): string {
  const chunk = { ...identity, object: "chat.completion.chunk", choices, usage: chunkUsage };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}
