import { isJsonObject, type JsonObject, type JsonValue } from "@meridian/core";

/** Puts the chunks of a relay's stream together to the JSON of a whole answer. */
export interface SourceCollector {
  add(chunk: JsonObject): void;
  /** The text that it holds, in characters. */
  readonly length: number;
  /** What has come so far, as a relay would have said it whole. */
  source(): JsonObject;
}

/** What a choice's chunks say besides its delta and its place: the log probabilities go on, all else is said anew. */
const growing = new Set(["logprobs"]);
/** Texts of a delta that name something: they are said whole, and by some relays in each chunk. All others go on. */
const named = new Set(["role", "type", "id", "name", "format"]);

/**
 * Creates a collector. Deltas are put together as OpenAI's own libraries do: texts go on, lists go on but for elements with
 * an `index`, which are those of the same index.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/streaming
 */
export function createSourceCollector(): SourceCollector {
  let frame: JsonObject = {};
  let usage: JsonObject | undefined;
  let length = 0;
  const choices = new Map<number, { others: JsonObject; delta: JsonObject }>();
  const count = (text: string) => {
    length += text.length;
  };
  const addChoice = (choice: JsonObject, position: number) => {
    const { index = position, delta, ...others } = choice;
    if (typeof index !== "number") return;
    const before = choices.get(index) ?? { others: {}, delta: {} };
    const said = Object.entries(others).filter(([, value]) => value !== null);
    choices.set(index, {
      others: Object.fromEntries([
        ...Object.entries(before.others),
        ...said.map(([name, value]) => [
          name,
          growing.has(name) ? merged(name, before.others[name], value, count) : value,
        ]),
      ]),
      delta: isJsonObject(delta) ? mergedObjects(before.delta, delta, count) : before.delta,
    });
  };
  return {
    add(chunk) {
      // Filler against guesses from the length of a chunk has no use in a whole answer.
      const { choices: list, usage: told, obfuscation: _, ...rest } = chunk;
      frame = { ...frame, ...rest };
      if (isJsonObject(told) && typeof told["completion_tokens"] === "number") usage = told;
      if (!Array.isArray(list)) return;
      for (const [position, choice] of list.entries()) if (isJsonObject(choice)) addChoice(choice, position);
    },
    get length() {
      return length;
    },
    source: () => ({
      ...frame,
      object: "chat.completion",
      choices: [...choices]
        .sort(([one], [other]) => one - other)
        .map(([index, { others, delta }]) => ({ finish_reason: null, ...others, index, message: messageFrom(delta) })),
      ...(usage === undefined ? {} : { usage }),
    }),
  };
}

/** In a message tool calls have no position. */
function messageFrom(delta: JsonObject): JsonObject {
  const calls = delta["tool_calls"];
  if (!Array.isArray(calls)) return delta;
  const placeless = calls.map((call: JsonValue) => {
    if (!isJsonObject(call)) return call;
    const { index: _, ...rest } = call;
    return rest;
  });
  return { ...delta, tool_calls: placeless };
}

type Count = (text: string) => void;

function mergedObjects(before: JsonObject, next: JsonObject, count: Count): JsonObject {
  const values = Object.entries(next).map(([name, value]) => [name, merged(name, before[name], value, count)] as const);
  return { ...before, ...Object.fromEntries(values) };
}

function merged(name: string, before: JsonValue | undefined, next: JsonValue, count: Count): JsonValue {
  if (typeof next === "string") count(next);
  if (next === null) return before ?? null;
  if (typeof next === "string") return typeof before === "string" && !named.has(name) ? before + next : next;
  if (isList(next))
    return next.reduce<readonly JsonValue[]>((list, item) => listWith(list, item, count), listOf(before));
  // A long integer is an object that JSON.stringify knows, without a prototype: it is taken as it is.
  if (isJsonObject(next) && Object.getPrototypeOf(next) !== null)
    return mergedObjects(isJsonObject(before) ? before : {}, next, count);
  return next;
}

function listWith(list: readonly JsonValue[], item: JsonValue, count: Count): readonly JsonValue[] {
  const index = isJsonObject(item) ? item["index"] : undefined;
  const place = list.findIndex((other) => isJsonObject(other) && index !== undefined && other["index"] === index);
  if (place === -1) return [...list, merged("", undefined, item, count)];
  return list.with(place, merged("", list[place], item, count));
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return isList(value) ? value : [];
}
