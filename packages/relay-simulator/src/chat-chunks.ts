import { type AnswerIdentity, logprobsOf, type Omissions, usageOf } from "./chat-completion.js";
import type { ChatRequest } from "./chat-request.js";
import type { ComposedAnswer, ComposedChoice } from "./compose-answer.js";

/** One event of a streamed answer. Events of kind `token` are what faults count. */
export interface ChatChunk {
  readonly kind: "role" | "call" | "token" | "finish" | "usage";
  readonly json: string;
}

interface Piece {
  readonly kind: ChatChunk["kind"];
  readonly delta: object;
  readonly logprobs: object | null;
  readonly finishReason: string | null;
}

/**
 * The events of an answer in order: role, tokens, finish reason for each choice, the choices token by token in turn; then
 * usage, where it was asked for. See https://platform.openai.com/docs/api-reference/chat-streaming.
 */
export function* chatChunks(
  answer: ComposedAnswer,
  identity: AnswerIdentity,
  request: ChatRequest,
  omissions: Omissions,
): Generator<ChatChunk> {
  const hasUsage = request.includeUsage && !omissions.usage;
  const head = chunkHead(identity);
  const tail = hasUsage ? ',"usage":null}' : "}";
  for (const { index, piece } of inTurn(answer.choices.map((choice) => pieces(choice, request)))) {
    if (piece.kind !== "finish" || !omissions.finishReason) {
      const choice = { index, delta: piece.delta, logprobs: piece.logprobs, finish_reason: piece.finishReason };
      yield { kind: piece.kind, json: `${head},"choices":[${JSON.stringify(choice)}]${tail}` };
    }
  }
  if (hasUsage) {
    yield { kind: "usage", json: `${head},"choices":[],"usage":${JSON.stringify(usageOf(answer))}}` };
  }
}

/** One event with a single text of any length, in two parts to be written before and after the text. */
export function hugeChunk(identity: AnswerIdentity): { readonly before: string; readonly after: string } {
  return {
    before: `${chunkHead(identity)},"choices":[{"index":0,"delta":{"content":"`,
    after: '"},"logprobs":null,"finish_reason":null}]}',
  };
}

/** The members that all events of an answer share, without the closing bracket. */
function chunkHead({ id, created, model, system_fingerprint }: AnswerIdentity): string {
  return JSON.stringify({ id, object: "chat.completion.chunk", created, model, system_fingerprint }).slice(0, -1);
}

function* pieces(choice: ComposedChoice, request: ChatRequest): Generator<Piece> {
  const role = { role: "assistant", content: choice.toolCalls.length > 0 ? null : "", refusal: null };
  yield piece("role", role);
  for (const token of choice.reasoning) {
    yield piece("token", { reasoning_content: token });
  }
  for (const token of choice.content) {
    yield { ...piece("token", { content: token }), logprobs: logprobsOf([token], request) };
  }
  for (const [index, { id, name, argumentTokens }] of choice.toolCalls.entries()) {
    yield piece("call", { tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] });
    for (const token of argumentTokens) {
      yield piece("token", { tool_calls: [{ index, function: { arguments: token } }] });
    }
  }
  yield { ...piece("finish", {}), finishReason: choice.finishReason };
}

function piece(kind: ChatChunk["kind"], delta: object): Piece {
  return { kind, delta, logprobs: null, finishReason: null };
}

function* inTurn(iterators: readonly Generator<Piece>[]): Generator<{ index: number; piece: Piece }> {
  const open = new Map(iterators.entries());
  while (open.size > 0) {
    for (const [index, iterator] of open) {
      const next = iterator.next();
      if (next.done === true) {
        open.delete(index);
      } else {
        yield { index, piece: next.value };
      }
    }
  }
}
