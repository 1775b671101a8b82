import type { Answer, AnswerChoice, AnswerDelta, AnswerIdentity, TokenLogprob, ToolCall, Usage } from "@meridian/core";
import type { AnswerPiece, ChoiceEnd } from "./delta-reader.js";
import { createSourceCollector } from "./source-collector.js";

/** What of a stream's end a whole answer says too. */
export interface AnswerEnd {
  readonly ends: readonly ChoiceEnd[];
  readonly usage: Usage | undefined;
}

/** Puts the pieces of a stream together to a whole answer. */
export interface AnswerCollector {
  add(piece: AnswerPiece): void;
  /** The text that it holds, in characters, about. */
  readonly length: number;
  /** The whole answer. Of chunks of a relay's own it has the source alone: its list of choices is empty. */
  answer(identity: AnswerIdentity, end: AnswerEnd): Answer;
}

interface ChoiceDraft {
  content: string | undefined;
  reasoning: string | undefined;
  refusal: string | undefined;
  readonly toolCalls: Map<number, ToolCall>;
  readonly contentLogprobs: TokenLogprob[];
  readonly refusalLogprobs: TokenLogprob[];
}

/** What a token with its log probability takes besides its text, in characters, about. */
const logprobLength = 64;

/** Creates a collector of one attempt's pieces: what comes after a restart is another answer. */
export function createAnswerCollector(): AnswerCollector {
  const sources = createSourceCollector();
  const drafts = new Map<number, ChoiceDraft>();
  let hasSources = false;
  let length = 0;
  const addDelta = (delta: AnswerDelta) => {
    const draft = drafts.get(delta.choice) ?? emptyDraft();
    drafts.set(delta.choice, draft);
    length += delta.type === "tool-call-delta" ? delta.arguments.length : delta.text.length;
    if ("logprobs" in delta) length += tokensIn(delta.logprobs) * logprobLength;
    addTo(draft, delta);
  };
  return {
    add(piece) {
      if (piece.type !== "source-chunk") return addDelta(piece);
      hasSources = true;
      sources.add(piece.chunk);
    },
    get length() {
      return length + sources.length;
    },
    answer(identity, { ends, usage }) {
      if (hasSources) return { ...identity, choices: [], usage, source: sources.source() };
      return {
        ...identity,
        choices: ends.map((end) => choiceFrom(end, drafts.get(end.choice) ?? emptyDraft())),
        usage,
      };
    },
  };
}

function addTo(draft: ChoiceDraft, delta: AnswerDelta): void {
  switch (delta.type) {
    case "text-delta":
      draft.content = (draft.content ?? "") + delta.text;
      draft.contentLogprobs.push(...delta.logprobs);
      break;
    case "reasoning-delta":
      draft.reasoning = (draft.reasoning ?? "") + delta.text;
      break;
    case "refusal-delta":
      draft.refusal = (draft.refusal ?? "") + delta.text;
      draft.refusalLogprobs.push(...delta.logprobs);
      break;
    case "tool-call-delta": {
      const { id = "", name = "", arguments: text } = draft.toolCalls.get(delta.index) ?? { arguments: "" };
      draft.toolCalls.set(delta.index, {
        id: delta.id ?? id,
        name: delta.name ?? name,
        arguments: text + delta.arguments,
      });
    }
  }
}

function choiceFrom({ choice, finishReason }: ChoiceEnd, { toolCalls, ...said }: ChoiceDraft): AnswerChoice {
  const calls = [...toolCalls].sort(([one], [other]) => one - other).map(([, call]) => call);
  return { index: choice, ...said, toolCalls: calls, finishReason };
}

function emptyDraft(): ChoiceDraft {
  const texts = { content: undefined, reasoning: undefined, refusal: undefined };
  return { ...texts, toolCalls: new Map(), contentLogprobs: [], refusalLogprobs: [] };
}

function tokensIn(logprobs: readonly TokenLogprob[]): number {
  return logprobs.reduce((sum, { topLogprobs }) => sum + 1 + topLogprobs.length, 0);
}
