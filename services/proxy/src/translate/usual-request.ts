import { type ChatCall, isJsonObject, type JsonValue, type RoutingPolicy } from "@meridian/core";
import { resolveModel } from "@meridian/routing";
import { routingFrom } from "./routing-options.js";

/** A message of text alone. */
type UsualMessage = Readonly<Record<"role" | "content", string>>;

/** A usual request, in the JSON of the contract and of OpenAI alike: messages of text, a model, and numbers. */
export interface UsualRequest {
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

const noOptions = routingFrom(undefined, { aliases: new Map() });

/** The call in a usual request, to the field what `chatCallFrom` makes of it. */
export function usualCallFrom(
  request: UsualRequest,
  requestId: string,
  policy: Pick<RoutingPolicy, "aliases">,
): ChatCall {
  const { model = "", temperature } = request;
  const messages: UsualMessage[] = request.messages.map(({ role, content }) => ({ role, content }));
  const question = messages.findLast(({ role }) => role === "user")?.content ?? "";
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
    texts: messages.map(({ content }) => content),
    question,
    temperature,
    maxTokens: request.max_completion_tokens ?? request.max_tokens,
    choices: request.n ?? 1,
    user: request.user ?? "",
    routing: noOptions,
    cache: "auto",
  };
}

/** Whether a value is a usual request, within the rules of the contract. False says nothing: it has something that is not looked at here. */
export function isUsualRequest(request: unknown): request is UsualRequest {
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
