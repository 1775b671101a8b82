import { createMethodSerializationLookup } from "@connectrpc/connect/protocol";
import { type ChatRequest, InferenceService } from "@meridian/inference-proto";
import { rpcJson } from "../listen/rpc-json.js";

// Connect's own, with the options that its adapter has here.
const codecs = createMethodSerializationLookup(InferenceService.method.chat, undefined, rpcJson, {
  readMaxBytes: 0xffffffff,
  writeMaxBytes: 0xffffffff,
});

/** The request in the bytes of a message; undefined where they are none. */
export function parseRequest(bytes: Uint8Array, isBinary: boolean): ChatRequest | undefined {
  try {
    return codecs.getI(isBinary).parse(bytes);
  } catch {
    return undefined;
  }
}
