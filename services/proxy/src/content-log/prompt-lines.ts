import { type ChatCall, isJsonObject, type JsonObject, type JsonValue } from "@meridian/core";
import type { Redact } from "@meridian/telemetry";
import { toolCallsText } from "./tool-calls-text.js";

/** What a line of the log holds of a prompt. */
export interface PromptLines {
  /** In their order. */
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  /** The oldest ones, for which there was no room; undefined where there are none. */
  readonly messagesLeftOut: number | undefined;
}

/** The messages of a call, redacted, the newest first as far as so many characters go. */
export function promptLines({ body }: ChatCall, redact: Redact, maxCharacters: number): PromptLines {
  const all = listOf(body["messages"]).filter(isJsonObject);
  const messages: { role: string; content: string }[] = [];
  // Counted as they came: what is redacted is read all the same.
  let left = maxCharacters;
  for (const message of all.toReversed()) {
    if (left <= 0) break;
    const text = textOf(message);
    messages.unshift({ role: wordOf(message["role"]), content: redact(text, left) });
    left -= text.length;
  }
  const leftOut = all.length - messages.length;
  return { messages, messagesLeftOut: leftOut === 0 ? undefined : leftOut };
}

function textOf({ content, refusal, tool_calls }: JsonObject): string {
  const texts = typeof content === "string" ? [content] : listOf(content).map(partText);
  if (typeof refusal === "string") texts.push(refusal);
  return [...texts, ...toolCallsText(tool_calls)].join("\n");
}

/** Pictures and sounds are named, not shown. */
function partText(part: JsonValue): string {
  if (!isJsonObject(part)) return "[part]";
  const { text, refusal } = part;
  if (typeof text === "string") return text;
  return typeof refusal === "string" ? refusal : `[${wordOf(part["type"])}]`;
}

/** One of OpenAI's words; what is none may be anything. */
function wordOf(value: JsonValue | undefined): string {
  return typeof value === "string" && /^[a-z_]{1,32}$/.test(value) ? value : "unknown";
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
