import type { Answer, AnswerChoice, AnswerEvent } from "@meridian/core";

/**
 * A whole answer, told as the stream that it would have been. The usage comes first: all of it is billed, however much of
 * the answer is taken.
 */
export function* eventsFromAnswer(answer: Answer): Generator<AnswerEvent> {
  yield { type: "answer-identity", identity: { id: answer.id, created: answer.created } };
  if (answer.usage !== undefined) yield { type: "answer-usage", usage: answer.usage };
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
