import { createMethodSerializationLookup } from "@connectrpc/connect/protocol";
import {
  type ChatRequest,
  type ChatResponse,
  InferenceService,
  type StreamChatResponse,
} from "@meridian/inference-proto";
import { rpcJson } from "../listen/rpc-json.js";

/** Reads and writes the messages of the hot RPCs. */
export interface LaneCodec {
  /** Throws a ConnectError on what is no request. */
  parse(bytes: Uint8Array): ChatRequest;
  /** Throws a ConnectError on what has no form in bytes, as half of a character. */
  serializeAnswer(message: ChatResponse): Uint8Array;
  serializeEvent(message: StreamChatResponse): Uint8Array;
}

const { chat, streamChat } = InferenceService.method;
const unlimited = { readMaxBytes: 0xffffffff, writeMaxBytes: 0xffffffff };
// Connect's own, with the options that its adapter has here.
const whole = createMethodSerializationLookup(chat, undefined, rpcJson, unlimited);
const streamed = createMethodSerializationLookup(streamChat, undefined, rpcJson, unlimited);

function codecOf(isBinary: boolean): LaneCodec {
  return {
    parse: whole.getI(isBinary).parse,
    serializeAnswer: whole.getO(isBinary).serialize,
    serializeEvent: streamed.getO(isBinary).serialize,
  };
}

/** The codec of JSON. */
export const jsonCodec: LaneCodec = codecOf(false);

/** The codec of Protobuf's binary form. */
export const binaryCodec: LaneCodec = codecOf(true);
