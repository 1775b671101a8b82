import type { AnswerEvent, JsonObject, JsonValue, RelayRequest } from "@meridian/core";
import { calledIn, madeToolCallId } from "./parse-answer.js";
import { parseLogprobs } from "./parse-logprobs.js";
import { parseUsage } from "./parse-usage.js";
import { count, list, object, seconds, text } from "./read-json.js";

const maxChoices = 128;

/** Halves of characters that wait for their other half at once: more is no answer's need. */
const maxHalves = 1_024;

/** Reads the chunks of one streamed answer. Keeps only what the next chunk needs. */
export interface ChunkReader {
  /** Adds the events of one chunk, whose text has `length` characters (default 0), in order. False where it is no chunk. */
  read(chunk: JsonValue | undefined, events: AnswerEvent[], length?: number): boolean;
  /** Whether every choice seen has ended, and at least `choices` have. */
  isWhole(choices: number): boolean;
  /** How many deltas have been read. */
  readonly deltas: number;
}

/**
 * Creates the reader of one stream. `keepsSource` is that of `RelayRequest`.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/streaming
 */
export function createChunkReader({ keepsSource = false }: Pick<RelayRequest, "keepsSource"> = {}): ChunkReader {
  const seen = new Set<number>();
  const ended = new Set<number>();
  const toolCalls = new Map<number, { readonly index: number; readonly id: string | undefined }>();
  const halves = new Map<string, string>();
  let hasIdentity = false;
  let deltas = 0;

  /**
   * A piece without a character cut in half: some relays cut between the two UTF-16 units of one, and Protobuf's text would
   * lose both. The first half waits for the next piece of the same text; choice and kind tell the texts of a stream apart.
   */
  const mended = (choice: number, kind: string | number, piece: string | undefined): string | undefined => {
    if (piece === undefined || (halves.size === 0 && !endsInHalf(piece))) return piece;
    const place = `${choice} ${kind}`;
    const whole = (halves.get(place) ?? "") + piece;
    const isCut = endsInHalf(whole) && (halves.size < maxHalves || halves.has(place));
    if (isCut) halves.set(place, whole.slice(-1));
    else halves.delete(place);
    return text(isCut ? whole.slice(0, -1) : whole);
  };

  const readDelta = (events: AnswerEvent[], choice: number, delta: JsonObject, logprobs: JsonObject | undefined) => {
    const before = events.length;
    const reasoning = mended(choice, "reasoning", text(delta["reasoning_content"]) ?? text(delta["reasoning"]));
    if (reasoning !== undefined) events.push({ type: "reasoning-delta", choice, text: reasoning });
    const content = mended(choice, "content", text(delta["content"]));
    if (content !== undefined)
      events.push({ type: "text-delta", choice, text: content, logprobs: parseLogprobs(logprobs?.["content"]) });
    const refusal = mended(choice, "refusal", text(delta["refusal"]));
    if (refusal !== undefined)
      events.push({ type: "refusal-delta", choice, text: refusal, logprobs: parseLogprobs(logprobs?.["refusal"]) });
    for (const call of list(delta["tool_calls"])) readToolCall(events, choice, object(call));
    deltas += events.length - before;
  };

  const readToolCall = (events: AnswerEvent[], choice: number, call: JsonObject | undefined) => {
    const { name, input } = calledIn(call);
    const given = text(call?.["id"]);
    // Some relays leave the index out: then another id begins a new call, or a name where they leave the id out too.
    const known = toolCalls.get(choice);
    const isSame = known !== undefined && (given === undefined ? name === undefined : given === known.id);
    const index = count(call?.["index"]) ?? (known === undefined ? 0 : isSame ? known.index : known.index + 1);
    const pieces = mended(choice, index, input) ?? "";
    if (given === undefined && name === undefined && pieces === "") return;
    const isNew = known === undefined || index > known.index;
    const id = given ?? (isNew ? madeToolCallId(index) : undefined);
    if (isNew || index === known.index) toolCalls.set(choice, { index, id: given ?? known?.id });
    events.push({ type: "tool-call-delta", choice, index, id, name, arguments: pieces });
  };

  const readChoice = (events: AnswerEvent[], index: number, choice: JsonObject) => {
    seen.add(index);
    const delta = object(choice["delta"]);
    if (delta !== undefined) readDelta(events, index, delta, object(choice["logprobs"]));
    const finishReason = text(choice["finish_reason"]);
    if (finishReason === undefined || ended.has(index)) return;
    ended.add(index);
    events.push({ type: "choice-end", choice: index, finishReason });
  };

  return {
    read(value, events, length = 0) {
      const chunk = object(value);
      if (chunk === undefined) return false;
      const choices = list(chunk["choices"]);
      // All of them first: a chunk that is passed over must not count for anything.
      for (const choice of choices) if (indexOf(choice) === undefined) return false;
      const id = hasIdentity ? undefined : text(chunk["id"]);
      // Some relays begin with a chunk about their filters, which has no id yet.
      if (id !== undefined) {
        hasIdentity = true;
        events.push({ type: "answer-identity", identity: { id, created: seconds(chunk["created"]) ?? 0 } });
      }
      if (keepsSource) events.push({ type: "source-chunk", chunk, isContent: choices.some(hasContent), length });
      for (const value of choices) {
        const choice = object(value);
        const index = indexOf(value);
        if (choice !== undefined && index !== undefined) readChoice(events, index, choice);
      }
      const usage = parseUsage(chunk["usage"]);
      if (usage !== undefined) events.push({ type: "answer-usage", usage });
      return true;
    },
    isWhole: (choices) => ended.size >= Math.max(choices, seen.size),
    get deltas() {
      return deltas;
    },
  };
}

/** The index of a choice; undefined where it is none. */
function indexOf(value: JsonValue): number | undefined {
  const choice = object(value);
  const index = choice === undefined ? undefined : count(choice["index"] ?? 0);
  return index === undefined || index >= maxChoices ? undefined : index;
}

/** Whether a text ends in the first half of a character. */
function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}

/** Whether a choice says anything but who speaks: what is not modelled here, such as sound, is content too. */
function hasContent(choice: JsonValue): boolean {
  const delta = object(object(choice)?.["delta"]);
  for (const name in delta) if (name !== "role" && !isEmpty(delta[name])) return true;
  return false;
}

function isEmpty(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}
