import type { JsonObject } from "./json.js";

/** Where token counts came from: the relay's own report, or Meridian's tokenizer. */
export type Provenance = "reported" | "estimated";

/** Token counts of one attempt. */
export interface Usage {
  /** Tokens of the request. */
  readonly promptTokens: number;
  /** Tokens of the answer, reasoning included. */
  readonly completionTokens: number;
  /** The part of `promptTokens` that the relay had in its cache. */
  readonly cachedTokens: number;
  /** The part of `completionTokens` spent on reasoning. */
  readonly reasoningTokens: number;
  /** Who counted. */
  readonly provenance: Provenance;
}

/** A token with its log probability, see OpenAI's `logprobs.content`. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[] | undefined;
  readonly topLogprobs: readonly Omit<TokenLogprob, "topLogprobs">[];
}

/** A call that the model wants made. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it; it may be invalid. */
  readonly arguments: string;
}

/** One of the answers of a chat. */
export interface AnswerChoice {
  readonly index: number;
  readonly content: string | undefined;
  readonly reasoning: string | undefined;
  readonly refusal: string | undefined;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: string;
  readonly contentLogprobs: readonly TokenLogprob[];
  readonly refusalLogprobs: readonly TokenLogprob[];
}

/** What names an answer: the relay's id and the time in seconds since 1970-01-01 UTC. */
export interface AnswerIdentity {
  readonly id: string;
  readonly created: number;
}

/** A whole answer of a relay. */
export interface Answer extends AnswerIdentity {
  readonly choices: readonly AnswerChoice[];
  /** Undefined where the relay said nothing. */
  readonly usage: Usage | undefined;
  /** The relay's own JSON, with all that is not modelled here. Where `RelayRequest.keepsSource` asks for it. */
  readonly source?: JsonObject;
}

/** A piece of a streamed answer. Only the deltas are content: the first of them is the commit point. */
export type AnswerDelta =
  | {
      readonly type: "text-delta";
      readonly choice: number;
      readonly text: string;
      readonly logprobs: readonly TokenLogprob[];
    }
  | { readonly type: "reasoning-delta"; readonly choice: number; readonly text: string }
  | {
      readonly type: "refusal-delta";
      readonly choice: number;
      readonly text: string;
      readonly logprobs: readonly TokenLogprob[];
    }
  | {
      readonly type: "tool-call-delta";
      readonly choice: number;
      /** The position of the tool call within the choice. */
      readonly index: number;
      /** On the first piece of a call. */
      readonly id: string | undefined;
      /** On the first piece of a call. */
      readonly name: string | undefined;
      readonly arguments: string;
    };

/**
 * A chunk of a stream as the relay sent it, with all that is not modelled here. It comes before what it says of content, of
 * ends and of usage, where `RelayRequest.keepsSource` asks for it.
 */
export interface SourceChunk {
  readonly type: "source-chunk";
  readonly chunk: JsonObject;
  /** Whether there is content in it, modelled or not. */
  readonly isContent: boolean;
  /** Of its JSON text, in characters. */
  readonly length: number;
}

/** What a relay's stream says, in order. The iterable ends only after a proper end; every other end throws. */
export type AnswerEvent =
  | AnswerDelta
  | SourceChunk
  | { readonly type: "answer-identity"; readonly identity: AnswerIdentity }
  | { readonly type: "choice-end"; readonly choice: number; readonly finishReason: string }
  | { readonly type: "answer-usage"; readonly usage: Usage };

/** Whether an event is content, which commits a stream. */
export function isDelta(event: AnswerEvent): event is AnswerDelta {
  return (
    event.type === "text-delta" ||
    event.type === "reasoning-delta" ||
    event.type === "refusal-delta" ||
    event.type === "tool-call-delta"
  );
}
