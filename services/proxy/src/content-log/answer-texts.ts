import { type Answer, isJsonObject, type JsonObject } from "@meridian/core";
import type { ChatEvent } from "../handlers/chat-event.js";
import { toolCallsText } from "./tool-calls-text.js";

/** The text of an answer: its content, its refusal, and its calls of tools; not its reasoning. */
export interface AnswerText {
  /** Its beginning. */
  readonly kept: string;
  /** Of all of it, in characters. */
  readonly length: number;
}

/** The texts of a call's answers, while they come. */
export interface AnswerTexts {
  addAnswer(answer: Answer): void;
  addEvent(event: ChatEvent): void;
  /** One for each choice that has said something, in their order. */
  texts(): readonly AnswerText[];
}

/** Creates the texts of a call, of each of which so many characters are kept. */
export function createAnswerTexts(maxCharacters: number): AnswerTexts {
  const byChoice = new Map<number, { kept: string; length: number }>();
  const add = (choice: number, text: string) => {
    const answer = byChoice.get(choice) ?? { kept: "", length: 0 };
    byChoice.set(choice, answer);
    answer.length += text.length;
    if (answer.kept.length < maxCharacters) answer.kept += text.slice(0, maxCharacters - answer.kept.length);
  };
  return {
    addAnswer({ choices }) {
      for (const { index, content, refusal, toolCalls } of choices) {
        const calls = toolCalls.map(({ name, arguments: text }) => name + text);
        add(index, [content, refusal, ...calls].filter((text) => text !== undefined).join("\n"));
      }
    },
    addEvent(event) {
      switch (event.type) {
        case "stream-restart":
          byChoice.clear();
          break;
        case "text-delta":
        case "refusal-delta":
          add(event.choice, event.text);
          break;
        case "tool-call-delta":
          add(event.choice, (event.name ?? "") + event.arguments);
          break;
        case "source-chunk":
          for (const [choice, text] of textsOf(event.chunk)) add(choice, text);
          break;
        default:
      }
    },
    texts: () => [...byChoice].sort(([one], [other]) => one - other).map(([, text]) => text),
  };
}

/** What a relay's own chunk adds to each choice. */
function* textsOf({ choices }: JsonObject): Generator<readonly [choice: number, text: string]> {
  if (!Array.isArray(choices)) return;
  for (const [position, choice] of choices.entries()) {
    if (!isJsonObject(choice) || !isJsonObject(choice["delta"])) continue;
    const { index = position } = choice;
    const { content, refusal, tool_calls } = choice["delta"];
    for (const text of [content, refusal, ...toolCallsText(tool_calls)])
      if (typeof index === "number" && typeof text === "string") yield [index, text];
  }
}
