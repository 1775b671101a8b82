import {
  type Answer,
  type AnswerChoice,
  type AnswerEvent,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "@meridian/core";

/**
 * A whole answer, told as the stream that it would have been. The usage comes first: all of it is billed, however much of
 * the answer is taken.
 */
export function* eventsFromAnswer(answer: Answer): Generator<AnswerEvent> {
  yield { type: "answer-identity", identity: { id: answer.id, created: answer.created } };
  if (answer.usage !== undefined) yield { type: "answer-usage", usage: answer.usage };
  if (answer.source !== undefined) yield* chunksFromSource(answer.source);
  for (const choice of answer.choices) yield* eventsFromChoice(choice);
}

function* eventsFromChoice(answer: AnswerChoice): Generator<AnswerEvent> {
  const choice = answer.index;
  if (answer.reasoning) yield { type: "reasoning-delta", choice, text: answer.reasoning };
  if (answer.content) yield { type: "text-delta", choice, text: answer.content, logprobs: answer.contentLogprobs };
  if (answer.refusal) yield { type: "refusal-delta", choice, text: answer.refusal, logprobs: answer.refusalLogprobs };
  for (const [index, { id, name, arguments: text }] of answer.toolCalls.entries())
    yield { type: "tool-call-delta", choice, index, id, name, arguments: text };
  yield { type: "choice-end", choice, finishReason: answer.finishReason };
}

/**
 * The relay's own JSON of a whole answer as the chunks that it would have come in: the message of each choice as one delta,
 * and its end; then the usage. Whatever else is there stays in its place.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/streaming
 */
function* chunksFromSource({ choices, usage, ...rest }: JsonObject): Generator<AnswerEvent> {
  const chunkWith = (parts: JsonObject, isContent: boolean): AnswerEvent => {
    const chunk = { ...rest, object: "chat.completion.chunk", ...parts };
    return { type: "source-chunk", chunk, isContent, length: JSON.stringify(chunk).length };
  };
  for (const [position, choice] of listOf(choices).entries()) {
    if (!isJsonObject(choice)) continue;
    const { index = position, message, finish_reason, ...others } = choice;
    yield chunkWith({ choices: [{ ...others, index, delta: deltaFrom(message), finish_reason: null }] }, true);
    yield chunkWith({ choices: [{ index, delta: {}, finish_reason: finish_reason ?? null }] }, false);
  }
  if (isJsonObject(usage)) yield chunkWith({ choices: [], usage }, false);
}

/** In a delta tool calls have their position, by which pieces of one call are put together. */
function deltaFrom(message: JsonValue | undefined): JsonObject {
  if (!isJsonObject(message)) return {};
  const calls = listOf(message["tool_calls"]);
  if (calls.length === 0) return message;
  return { ...message, tool_calls: calls.map((call, index) => (isJsonObject(call) ? { index, ...call } : call)) };
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
