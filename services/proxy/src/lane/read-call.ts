import type { ChatCall, RoutingPolicy } from "@meridian/core";
import { chatCallFrom } from "../translate/chat-call.js";
import type { LaneForm, LaneRpc } from "./lane-form.js";
import { onlyMessageIn } from "./message-in.js";
import { parseRequest } from "./parse-request.js";
import { isSurelyValid } from "./surely-valid.js";
import { usualChatCall } from "./usual-chat-call.js";

/** What makes the call of a request; undefined unless the bytes are surely one that keeps the rules of the contract. */
export function readCall(
  body: Buffer,
  { errorForm, isBinary }: LaneForm,
  rpc: LaneRpc,
  requestId: string,
  policy: Pick<RoutingPolicy, "aliases">,
): (() => ChatCall) | undefined {
  const bytes = errorForm === "connect-unary" ? body : onlyMessageIn(body);
  if (bytes === undefined) return undefined;
  const usual = isBinary ? undefined : usualChatCall(bytes, requestId, policy);
  if (usual !== undefined) return () => usual;
  const message = parseRequest(bytes, isBinary);
  if (message === undefined || !isSurelyValid(message)) return undefined;
  return () => chatCallFrom(message, requestId, rpc === "Chat" ? "whole" : "streamed", policy);
}
