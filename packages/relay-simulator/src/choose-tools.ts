import type { ChatRequest, Tool } from "./chat-request.js";
import { questionOf } from "./compose-text.js";

/**
 * The tools that an answer calls: the one that is asked for by name, any one where one is required, and otherwise those
 * whose names are in the last user message ("get weather" is `get_weather`). None after the results of tools.
 */
export function chooseTools(request: ChatRequest): readonly Tool[] {
  const { toolChoice, tools, messages } = request;
  if (toolChoice === "none" || messages.at(-1)?.["role"] === "tool") {
    return [];
  }
  if (typeof toolChoice === "object") {
    return tools.filter((tool) => tool.name === toolChoice.name).slice(0, 1);
  }
  const question = plainWords(questionOf(messages));
  const mentioned = tools.filter((tool) => question.includes(plainWords(tool.name)));
  const wanted = toolChoice === "required" && mentioned.length === 0 ? tools.slice(0, 1) : mentioned;
  return wanted.slice(0, request.parallelToolCalls ? 4 : 1);
}

/** Lower-case words with a space on either side, so that only whole words are found. */
function plainWords(text: string): string {
  return ` ${text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, " ")
    .trim()} `;
}
