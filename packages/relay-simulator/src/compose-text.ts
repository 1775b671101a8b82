import { type JsonObject, stringAt } from "./json.js";
import { pick, type Random } from "./random.js";
import { textOf, tokensOf } from "./tokens.js";

const smallWords = new Set(
  "a an and are as at be but by can could do does for from give has have how i in is it its make me my of on or our please say should so tell than that the their them then there these they this to use us was we what when where which who why will with would write you your".split(
    " ",
  ),
);

const sentences = [
  "The part about {word} is the one that matters most.",
  "A good answer would begin with {word} and come back to {other} at the end.",
  "As for {word}, it depends on {other}.",
  "Nothing was looked up, so take {word} as an example.",
  "In short: {word} first, then {other}.",
  "Some would say that {word} and {other} are the same thing; they are not.",
  "There is more to say about {word}, and a real model would say it.",
  "Whoever asks about {word} often means {other}.",
];

/** The text of the last message of role user; empty where there is none. */
export function questionOf(messages: readonly JsonObject[]): string {
  const message = messages.findLast((candidate) => candidate["role"] === "user");
  return textOf(message?.["content"]);
}

/** The words of a text that say what it is about, in order, each once, at most 40. */
export function topicWords(text: string): readonly string[] {
  const words = text.slice(0, 4_000).match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}_'-]*/gu) ?? [];
  return [...new Set(words)].filter((word) => !smallWords.has(word.toLowerCase())).slice(0, 40);
}

// However late a fault is to come.
const maxExtendedTokens = 100_000;

/** How long a text is to be, in tokens. */
export interface TextLength {
  /** Exactly so many. */
  readonly exact: number | undefined;
  /** At least so many. */
  readonly minimum: number;
}

/** Writes an answer to a conversation: about its last question, or with the results of the tools that were called. */
export function composeText(
  modelId: string,
  messages: readonly JsonObject[],
  length: TextLength,
  random: Random,
): readonly string[] {
  const question = questionOf(messages);
  const topics = topicWords(question);
  const sentence = () => {
    const word = pick(topics, random) ?? "this";
    const others = topics.filter((topic) => topic !== word);
    const other = pick(others, random) ?? "the rest";
    return ` ${pick(sentences, random) ?? ""}`.replace("{word}", () => word).replace("{other}", () => other);
  };
  const opening = toolResults(messages) ?? `You said: "${excerpt(question, 200)}".`;
  const tokens = [...tokensOf(`${opening} This is a simulated answer of ${modelId}.`)];
  const wanted =
    length.exact ??
    Math.max(Math.min(length.minimum, maxExtendedTokens), tokens.length + 15 + Math.floor(random() * 30));
  while (tokens.length < wanted) {
    tokens.push(...tokensOf(sentence()));
  }
  return length.exact === undefined ? tokens : tokens.slice(0, length.exact);
}

/** Writes the reasoning that comes before an answer. */
export function composeReasoning(messages: readonly JsonObject[], random: Random): readonly string[] {
  const topic = pick(topicWords(questionOf(messages)), random) ?? "this";
  return tokensOf(`The question is about ${topic}. I keep the answer short and say that it is simulated.`);
}

/** The results of the tools, where the conversation ends with them. */
function toolResults(messages: readonly JsonObject[]): string | undefined {
  const results = messages.slice(messages.findLastIndex((message) => message["role"] !== "tool") + 1);
  if (results.length === 0) {
    return undefined;
  }
  return results
    .map((message) => {
      const name = stringAt(message, "name") ?? "tool";
      return `The ${name} answered: ${excerpt(textOf(message["content"]), 1_000)}`;
    })
    .join(" ");
}

function excerpt(text: string, maxCharacters: number): string {
  const line = text.slice(0, maxCharacters + 1).trim();
  return (line.length > maxCharacters ? `${line.slice(0, maxCharacters)}...` : line).toWellFormed();
}
