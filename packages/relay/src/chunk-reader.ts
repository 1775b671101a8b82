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
  /** The events of one chunk, whose text has `length` characters (default 0), in order; undefined where it is not a chunk. */
  read(chunk: JsonValue | undefined, length?: number): readonly AnswerEvent[] | undefined;
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
   * lose both. The first half waits for the next piece of the same text; `place` tells the texts of a stream apart.
   */
  const mended = (place: string, piece: string | undefined): string | undefined => {
    if (piece === undefined) return undefined;
    const whole = (halves.get(place) ?? "") + piece;
    const isCut = /[\uD800-\uDBFF]$/.test(whole) && (halves.size < maxHalves || halves.has(place));
    if (isCut) halves.set(place, whole.slice(-1));
    else halves.delete(place);
    return text(isCut ? whole.slice(0, -1) : whole);
  };

  const readDelta = (events: AnswerEvent[], choice: number, delta: JsonObject, logprobs: JsonObject | undefined) => {
    const before = events.length;
    const reasoning = mended(`${choice} reasoning`, text(delta["reasoning_content"]) ?? text(delta["reasoning"]));
    if (reasoning !== undefined) events.push({ type: "reasoning-delta", choice, text: reasoning });
    const content = mended(`${choice} content`, text(delta["content"]));
    if (content !== undefined)
      events.push({ type: "text-delta", choice, text: content, logprobs: parseLogprobs(logprobs?.["content"]) });
    const refusal = mended(`${choice} refusal`, text(delta["refusal"]));
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
    const pieces = mended(`${choice} tool ${index}`, input) ?? "";
    if (given === undefined && name === undefined && pieces === "") return;
    const isNew = known === undefined || index > known.index;
    const id = given ?? (isNew ? madeToolCallId(index) : undefined);
    if (isNew || index === known.index) toolCalls.set(choice, { index, id: given ?? known?.id });
    events.push({ type: "tool-call-delta", choice, index, id, name, arguments: pieces });
  };

  return {
    read(value, length = 0) {
      const chunk = object(value);
      if (chunk === undefined) return undefined;
      // All of them first: a chunk that is passed over must not count for anything.
      const choices = list(chunk["choices"]).map(parseChoice);
      if (!choices.every((choice) => choice !== undefined)) return undefined;
      const events: AnswerEvent[] = [];
      const id = text(chunk["id"]);
      // Some relays begin with a chunk about their filters, which has no id yet.
      if (!hasIdentity && id !== undefined) {
        hasIdentity = true;
        events.push({ type: "answer-identity", identity: { id, created: seconds(chunk["created"]) ?? 0 } });
      }
      if (keepsSource) {
        const isContent = choices.some(({ choice }) => hasContent(object(choice["delta"])));
        events.push({ type: "source-chunk", chunk, isContent, length });
      }
      for (const { index, choice } of choices) {
        seen.add(index);
        const delta = object(choice["delta"]);
        if (delta !== undefined) readDelta(events, index, delta, object(choice["logprobs"]));
        const finishReason = text(choice["finish_reason"]);
        if (finishReason !== undefined && !ended.has(index)) {
          ended.add(index);
          events.push({ type: "choice-end", choice: index, finishReason });
        }
      }
      const usage = parseUsage(chunk["usage"]);
      if (usage !== undefined) events.push({ type: "answer-usage", usage });
      return events;
    },
    isWhole: (choices) => ended.size >= Math.max(choices, seen.size),
    get deltas() {
      return deltas;
    },
  };
}

function parseChoice(value: JsonValue): { readonly index: number; readonly choice: JsonObject } | undefined {
  const choice = object(value);
  const index = count(choice?.["index"] ?? 0);
  return choice === undefined || index === undefined || index >= maxChoices ? undefined : { index, choice };
}

/** Whether a delta says anything but who speaks: what is not modelled here, such as sound, is content too. */
function hasContent(delta: JsonObject | undefined): boolean {
  return Object.entries(delta ?? {}).some(([key, value]) => key !== "role" && !isEmpty(value));
}

function isEmpty(value: JsonValue): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}
