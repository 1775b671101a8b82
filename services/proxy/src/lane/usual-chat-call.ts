import type { ChatCall, RoutingPolicy } from "@meridian/core";
import { rpcJson } from "../listen/rpc-json.js";
import { isUsualRequest, type UsualRequest, usualCallFrom } from "../translate/usual-request.js";

/**
 * The call in the JSON of a usual request. To the field what `chatCallFrom` makes of it, at a fraction of its cost.
 * Undefined says nothing: the request has something that is not looked at here.
 */
export function usualChatCall(
  bytes: Uint8Array,
  requestId: string,
  policy: Pick<RoutingPolicy, "aliases">,
): ChatCall | undefined {
  const text = textIn(bytes);
  const request = jsonIn(text);
  const isUsual = isUsualRequest(request) && stringsIn(text) === stringsOf(request);
  return isUsual ? usualCallFrom(request, requestId, policy) : undefined;
}

/** The empty text where the bytes are none. */
function textIn(bytes: Uint8Array): string {
  try {
    return rpcJson.textDecoder.decode(bytes);
  } catch {
    return "";
  }
}

/** Undefined where it is no JSON. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How many strings a usual request is written with, its keys included: with more of them it says something twice. */
function stringsOf(request: UsualRequest): number {
  let strings = 4 * request.messages.length;
  for (const value of Object.values(request)) strings += typeof value === "string" ? 2 : 1;
  return strings;
}

/** How many strings are in a text of JSON. */
function stringsIn(text: string): number {
  let strings = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) {
    do at = text.indexOf('"', at + 1);
    while (isEscaped(text, at));
    strings += 1;
  }
  return strings;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === "\\") first -= 1;
  return (at - first) % 2 === 1;
}
