import { text } from "./content-parts.js";
import type { ChatMessageInit, ContentPartInit } from "./request-types.js";

/** What a message says: one text, or parts, of which a plain string is a part of text. */
export type MessageContent = string | readonly (string | ContentPartInit)[];

/** A message of role "system": how the model should behave. */
export function system(content: MessageContent): ChatMessageInit {
  return message("system", content);
}

/** A message of role "developer": what newer models take in place of "system". */
export function developer(content: MessageContent): ChatMessageInit {
  return message("developer", content);
}

/** A message of role "user". */
export function user(content: MessageContent): ChatMessageInit {
  return message("user", content);
}

/** A message of role "assistant": what the model said before. A message of an answer can be used as it is instead. */
export function assistant(content: MessageContent): ChatMessageInit {
  return message("assistant", content);
}

/**
 * A message of role "tool": the result of a tool call.
 *
 * @param toolCallId the `id` of the call that it answers.
 */
export function toolResult(toolCallId: string, content: MessageContent): ChatMessageInit {
  return { ...message("tool", content), toolCallId };
}

function message(role: string, content: MessageContent): { role: string; content?: string; parts?: ContentPartInit[] } {
  if (typeof content === "string") return { role, content };
  return { role, parts: content.map((part) => (typeof part === "string" ? text(part) : part)) };
}
