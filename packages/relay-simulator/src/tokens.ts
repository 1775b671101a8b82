import { isJsonObject, type JsonValue, listAt, stringAt } from "./json.js";

// Every character belongs to exactly one of the classes, so the pieces joined are the text again.
const piece = / ?[\p{L}\p{M}\p{N}_]{1,14}| ?[^\s\p{L}\p{M}\p{N}_]{1,4}|\s{1,16}/gu;

/** Splits text into what the simulator calls tokens: words with the space before them. Joined they are the text. */
export function tokensOf(text: string): readonly string[] {
  return text.match(piece) ?? [];
}

/** The tokens of a prompt by the rule of thumb: four characters each, and a few for each message and picture. */
export function countPromptTokens(messages: readonly JsonValue[]): number {
  let tokens = 3;
  for (const message of messages) {
    if (isJsonObject(message)) {
      const pictures = listAt(message, "content").filter((part) => isJsonObject(part) && part["type"] === "image_url");
      tokens += 4 + 85 * pictures.length + Math.ceil(textOf(message["content"]).length / 4);
      const calls = message["tool_calls"];
      tokens += calls === undefined ? 0 : Math.ceil(JSON.stringify(calls).length / 4);
    }
  }
  return tokens;
}

/** The text of a message's content: a string, or the text parts of a list. */
export function textOf(content: JsonValue | undefined): string {
  if (typeof content === "string") {
    return content;
  }
  if (!Array.isArray(content)) {
    return "";
  }
  return content.map((part: JsonValue) => (isJsonObject(part) ? (stringAt(part, "text") ?? "") : "")).join(" ");
}
