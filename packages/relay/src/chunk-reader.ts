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
  return new StreamedChunks(keepsSource);
}

/** A tool call of a choice, the latest. */
interface KnownToolCall {
  readonly index: number;
  readonly id: string | undefined;
}

/** A class, and maps only where they are needed: there is one for each open stream. */
class StreamedChunks implements ChunkReader {
  readonly #keepsSource: boolean;
  #seen: readonly number[] = [];
  readonly #ended: number[] = [];
  /** By choice. */
  #toolCalls: Map<number, KnownToolCall> | undefined;
  /** By choice and kind of text. */
  #halves: Map<string, string> | undefined;
  #hasIdentity = false;
  #deltas = 0;

  constructor(keepsSource: boolean) {
    this.#keepsSource = keepsSource;
  }

  get deltas(): number {
    return this.#deltas;
  }

  isWhole(choices: number): boolean {
    return this.#ended.length >= Math.max(choices, this.#seen.length);
  }

  read(value: JsonValue | undefined, events: AnswerEvent[], length = 0): boolean {
    const chunk = object(value);
    if (chunk === undefined) return false;
    const choices = list(chunk["choices"]);
    // All of them first: a chunk that is passed over must not count for anything.
    for (const choice of choices) if (indexOf(choice) === undefined) return false;
    const id = this.#hasIdentity ? undefined : text(chunk["id"]);
    // Some relays begin with a chunk about their filters, which has no id yet.
    if (id !== undefined) {
      this.#hasIdentity = true;
      events.push({ type: "answer-identity", identity: { id, created: seconds(chunk["created"]) ?? 0 } });
    }
    if (this.#keepsSource) events.push({ type: "source-chunk", chunk, isContent: choices.some(hasContent), length });
    for (const value of choices) {
      const choice = object(value);
      const index = indexOf(value);
      if (choice !== undefined && index !== undefined) this.#readChoice(events, index, choice);
    }
    const usage = parseUsage(chunk["usage"]);
    if (usage !== undefined) events.push({ type: "answer-usage", usage });
    return true;
  }

  #readChoice(events: AnswerEvent[], index: number, choice: JsonObject): void {
    if (!this.#seen.includes(index)) this.#seen = this.#seen.concat(index);
    const delta = object(choice["delta"]);
    if (delta !== undefined) this.#readDelta(events, index, delta, object(choice["logprobs"]));
    const finishReason = text(choice["finish_reason"]);
    if (finishReason === undefined || this.#ended.includes(index)) return;
    this.#ended.push(index);
    events.push({ type: "choice-end", choice: index, finishReason });
  }

  #readDelta(events: AnswerEvent[], choice: number, delta: JsonObject, logprobs: JsonObject | undefined): void {
    const before = events.length;
    const reasoning = this.#mended(choice, "reasoning", text(delta["reasoning_content"]) ?? text(delta["reasoning"]));
    if (reasoning !== undefined) events.push({ type: "reasoning-delta", choice, text: reasoning });
    const content = this.#mended(choice, "content", text(delta["content"]));
    if (content !== undefined)
      events.push({ type: "text-delta", choice, text: content, logprobs: parseLogprobs(logprobs?.["content"]) });
    const refusal = this.#mended(choice, "refusal", text(delta["refusal"]));
    if (refusal !== undefined)
      events.push({ type: "refusal-delta", choice, text: refusal, logprobs: parseLogprobs(logprobs?.["refusal"]) });
    for (const call of list(delta["tool_calls"])) this.#readToolCall(events, choice, object(call));
    this.#deltas += events.length - before;
  }

  #readToolCall(events: AnswerEvent[], choice: number, call: JsonObject | undefined): void {
    const { name, input } = calledIn(call);
    const given = text(call?.["id"]);
    // Some relays leave the index out: then another id begins a new call, or a name where they leave the id out too.
    const known = this.#toolCalls?.get(choice);
    const isSame = known !== undefined && (given === undefined ? name === undefined : given === known.id);
    const index = count(call?.["index"]) ?? (known === undefined ? 0 : isSame ? known.index : known.index + 1);
    const pieces = this.#mended(choice, index, input) ?? "";
    if (given === undefined && name === undefined && pieces === "") return;
    const isNew = known === undefined || index > known.index;
    const id = given ?? (isNew ? madeToolCallId(index) : undefined);
    if (isNew || index === known.index) {
      this.#toolCalls ??= new Map();
      this.#toolCalls.set(choice, { index, id: given ?? known?.id });
    }
    events.push({ type: "tool-call-delta", choice, index, id, name, arguments: pieces });
  }

  /**
   * A piece without a character cut in half: some relays cut between the two UTF-16 units of one, and Protobuf's text would
   * lose both. The first half waits for the next piece of the same text; choice and kind tell the texts of a stream apart.
   */
  #mended(choice: number, kind: string | number, piece: string | undefined): string | undefined {
    if (piece === undefined || (this.#halves === undefined && !endsInHalf(piece))) return piece;
    this.#halves ??= new Map();
    const halves = this.#halves;
    const place = `${choice} ${kind}`;
    const whole = (halves.get(place) ?? "") + piece;
    const isCut = endsInHalf(whole) && (halves.size < maxHalves || halves.has(place));
    if (isCut) halves.set(place, whole.slice(-1));
    else halves.delete(place);
    return text(isCut ? whole.slice(0, -1) : whole);
  }
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
