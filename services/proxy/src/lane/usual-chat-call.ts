import { type ChatCall, isJsonObject, type JsonValue, type RoutingPolicy } from "@meridian/core";
import { resolveModel } from "@meridian/routing";
import { rpcJson } from "../listen/rpc-json.js";
import { routingFrom } from "../translate/routing-options.js";

/**
 * The call in the JSON of a usual request: messages of text, a model, and numbers, within the rules of the contract. To the
 * field what `chatCallFrom` makes of it, at a fraction of its cost. Undefined says nothing: the request has something that is
 * not looked at here.
 */
export function usualChatCall(
  bytes: Uint8Array,
  requestId: string,
  policy: Pick<RoutingPolicy, "aliases">,
): ChatCall | undefined {
  const text = textIn(bytes);
  const request = jsonIn(text);
  if (!isUsual(request) || stringsIn(text) !== stringsOf(request)) return undefined;
  const { model = "", temperature } = request;
  const messages: UsualMessage[] = [];
  const texts: string[] = [];
  let question = "";
  for (const { role, content } of request.messages) {
    messages.push({ role, content });
    texts.push(content);
    if (role === "user") question = content;
  }
  const body: Record<string, JsonValue> = { messages };
  for (const field of bodyFields) {
    const value = request[field];
    if (value !== undefined) body[field] = value;
  }
  return {
    requestId,
    model: resolveModel(model, policy),
    alias: policy.aliases.has(model) ? model : undefined,
    body,
    texts,
    question,
    temperature,
    maxTokens: request.max_completion_tokens ?? request.max_tokens,
    choices: request.n ?? 1,
    user: request.user ?? "",
    routing: noOptions,
    cache: "auto",
  };
}

/** A message of text alone. */
type UsualMessage = Readonly<Record<"role" | "content", string>>;

interface UsualRequest {
  readonly messages: readonly UsualMessage[];
  readonly model?: string;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly n?: number;
  readonly presence_penalty?: number;
  readonly frequency_penalty?: number;
  readonly user?: string;
}

/** Those that the relay gets as they are, beside the messages. */
const bodyFields = [
  "temperature",
  "top_p",
  "max_tokens",
  "max_completion_tokens",
  "n",
  "presence_penalty",
  "frequency_penalty",
  "user",
] as const;

/** The empty text where the bytes are none. */
function textIn(bytes: Uint8Array): string {
  try {
    return rpcJson.textDecoder.decode(bytes);
  } catch {
    return "";
  }
}

/** Undefined where it is no JSON. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How many strings a usual request is written with, its keys included: with more of them it says something twice. */
function stringsOf(request: UsualRequest): number {
  let strings = 4 * request.messages.length;
  for (const value of Object.values(request)) strings += typeof value === "string" ? 2 : 1;
  return strings;
}

/** How many strings are in a text of JSON. */
function stringsIn(text: string): number {
  let strings = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) {
    do at = text.indexOf('"', at + 1);
    while (isEscaped(text, at));
    strings += 1;
  }
  return strings;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === "\\") first -= 1;
  return (at - first) % 2 === 1;
}

function isUsual(request: unknown): request is UsualRequest {
  if (!isJsonObject(request) || request["messages"] === undefined) return false;
  for (const field in request) if (checks.get(field)?.(request[field]) !== true) return false;
  return true;
}

type Check = (value: unknown) => boolean;

const isBetween =
  (lowest: number, highest: number): Check =>
  (value) =>
    typeof value === "number" && value >= lowest && value <= highest;
const isCount =
  (highest: number): Check =>
  (value) =>
    typeof value === "number" && value >= 1 && value <= highest && Number.isInteger(value);
/** A character of UTF-16 is at most three bytes of UTF-8: a text that may be too long is not looked at further. */
const isText =
  (maxBytes: number): Check =>
  (value) =>
    typeof value === "string" && value.length * 3 <= maxBytes && value.isWellFormed();

const roles: ReadonlySet<unknown> = new Set(["user", "system", "assistant", "developer"]);
const isUsualMessage: Check = (message) => {
  if (!isJsonObject(message)) return false;
  for (const field in message) if (field !== "role" && field !== "content") return false;
  const { role, content } = message;
  return roles.has(role) && typeof content === "string" && content.isWellFormed();
};

/** The usual fields, with the rules of the contract. */
const checks: ReadonlyMap<string, Check> = new Map([
  ["messages", (list) => Array.isArray(list) && list.length >= 1 && list.length <= 2048 && list.every(isUsualMessage)],
  ["model", isText(128)],
  ["temperature", isBetween(0, 2)],
  ["top_p", isBetween(0, 1)],
  ["max_tokens", isCount(1_000_000)],
  ["max_completion_tokens", isCount(1_000_000)],
  ["n", isCount(16)],
  ["presence_penalty", isBetween(-2, 2)],
  ["frequency_penalty", isBetween(-2, 2)],
  // An empty one counts as none.
  ["user", (user) => user !== "" && isText(256)(user)],
]);

const noOptions = routingFrom(undefined, { aliases: new Map() });
