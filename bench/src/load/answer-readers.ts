import { fromBinary } from "@bufbuild/protobuf";
import { ChatResponseSchema, StreamChatResponseSchema } from "@meridian/inference-proto";
import { createEventSplitter } from "../event-splitter.js";
import { createEnvelopeSplitter } from "./envelope-splitter.js";
import type { AnswerFormat } from "./load-job.js";

/** What a reader has found in an answer so far. */
export interface Found {
  text: string;
  /** Whether the answer has said that it is whole. */
  isWhole: boolean;
}

/** Reads the bytes of one answer into what was found. Both throw where the bytes are not of the format. */
export interface AnswerReader {
  data(bytes: Buffer): void;
  /** Reads what can only be read whole. */
  end?(): void;
}

/** How an answer of each format is read. */
export const answerReaders: Readonly<Record<AnswerFormat, (found: Found) => AnswerReader>> = {
  json: (found) =>
    whole((body) => {
      const { choices }: CompletionJson = JSON.parse(body.toString("utf8"));
      found.text = choices[0]?.message.content ?? "";
      found.isWhole = choices[0]?.finish_reason === "stop";
    }),

  sse: (found) => ({
    data: createEventSplitter((data) => {
      if (data === "[DONE]") {
        found.isWhole = true;
        return;
      }
      const { choices }: ChunkJson = JSON.parse(data);
      found.text += choices[0]?.delta.content ?? "";
    }),
  }),

  "connect-stream": (found) =>
    connectStream(found, (message) => {
      const event: StreamEventJson = JSON.parse(message.toString("utf8"));
      found.text += event.text_delta?.text ?? "";
      return event.end !== undefined;
    }),

  proto: (found) => whole((body) => readChat(found, body)),

  "connect-proto-stream": (found) => connectStream(found, (message) => readStreamEvent(found, message)),

  grpc: (found) => ({ data: createEnvelopeSplitter((_, message) => readChat(found, message)) }),

  "grpc-stream": (found) => ({
    data: createEnvelopeSplitter((_, message) => {
      if (readStreamEvent(found, message)) found.isWhole = true;
    }),
  }),
};

function whole(read: (body: Buffer) => void): AnswerReader {
  const parts: Buffer[] = [];
  return { data: (bytes) => parts.push(bytes), end: () => read(Buffer.concat(parts)) };
}

/**
 * A Connect stream, whose last envelope holds the error, if there is one.
 *
 * @param readEvent returns whether the event is the end that our contract asks for
 * @see https://connectrpc.com/docs/protocol#streaming-rpcs
 */
function connectStream(found: Found, readEvent: (message: Buffer) => boolean): AnswerReader {
  let hasEnd = false;
  return {
    data: createEnvelopeSplitter((flags, message) => {
      if ((flags & endStreamFlag) === 0) {
        if (readEvent(message)) hasEnd = true;
        return;
      }
      const { error }: EndStreamJson = JSON.parse(message.toString("utf8"));
      found.isWhole = hasEnd && error === undefined;
    }),
  };
}

function readChat(found: Found, message: Buffer): void {
  const { choices } = fromBinary(ChatResponseSchema, message);
  found.text = choices[0]?.message?.content ?? "";
  found.isWhole = choices[0]?.finishReason === "stop";
}

/** Returns whether the event is the end. */
function readStreamEvent(found: Found, message: Buffer): boolean {
  const { event } = fromBinary(StreamChatResponseSchema, message);
  if (event.case === "textDelta") found.text += event.value.text;
  return event.case === "end";
}

const endStreamFlag = 0b10;

// The JSON that is read above, as far as it is read. JSON of another form throws there, or fails the comparison of texts.

/** An answer: in this part, OpenAI's JSON and ours are the same. */
interface CompletionJson {
  readonly choices: readonly { readonly message: { readonly content: string }; readonly finish_reason: string }[];
}

/** An event of a relay's stream. */
interface ChunkJson {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[];
}

/** A `StreamChatResponse`. */
interface StreamEventJson {
  readonly text_delta?: { readonly text?: string };
  readonly end?: object;
}

/** The end of a Connect stream. */
interface EndStreamJson {
  readonly error?: object;
}
