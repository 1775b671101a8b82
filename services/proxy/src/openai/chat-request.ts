import { create, fromJson, type JsonValue as MutableJson } from "@bufbuild/protobuf";
import { type ChatCall, isJsonObject, type JsonObject, type JsonValue, type RoutingPolicy } from "@meridian/core";
import { type RoutingOptions, RoutingOptionsSchema } from "@meridian/inference-proto";
import { resolveModel } from "@meridian/routing";
import { locateJsonFault } from "../errors/locate-json-fault.js";
import { invalidRequestError } from "../errors/to-connect-error.js";
import type { MessageCheck } from "../interceptors/validate-request.js";
import { cacheModeFrom, modelIdsFrom, routingFrom } from "../translate/routing-options.js";
import { isUsualRequest, usualCallFrom } from "../translate/usual-request.js";
import { createFieldReader, type FieldReader } from "./field-reader.js";

/** A request of OpenAI's chat completions. */
export interface OpenAiChatRequest {
  readonly call: ChatCall;
  readonly isStreamed: boolean;
  /** Whether a stream ends with a chunk of usage. */
  readonly includesUsage: boolean;
  /** Whether the answer has the report of its route. */
  readonly includesRoute: boolean;
}

/** As in the contract, see chat.proto; but as many choices, and as long a user, as the public API takes. */
const maxMessages = 2_048;
const maxModelBytes = 128;
const maxFallbacks = 8;
const maxUserBytes = 4_096;
const maxTokens = 1_000_000;
const maxChoices = 128;
const maxTemperature = 2;

/**
 * Reads the body of a chat completion. What Meridian itself decides by is checked; all else goes to the relay as it is.
 *
 * @throws ConnectError invalid_argument with every field at fault
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export function chatRequestFrom(
  value: JsonValue,
  requestId: string,
  policy: Pick<RoutingPolicy, "aliases">,
  check: MessageCheck,
): OpenAiChatRequest {
  // One model at most: a name with a comma, or a blank, may be several.
  if (isUsualRequest(value) && !/[\s,]/.test(value.model ?? "")) {
    const call = { ...usualCallFrom(value, requestId, policy), keepsSource: true };
    return { call, isStreamed: false, includesUsage: false, includesRoute: false };
  }
  if (!isJsonObject(value))
    throw invalidRequestError([{ field: "", description: "the body must be a JSON object", rule: "openai.type" }]);
  const body = withExtraBody(value);
  const fields = createFieldReader(body);
  const messages = fields.objects("messages", { min: 1, max: maxMessages });
  const { model, fallbacks } = modelsFrom(fields);
  const { options, includesRoute } = meridianFrom(fields, check);
  const tokenRange = { min: 1, max: maxTokens };
  const completionTokens = fields.integer("max_completion_tokens", tokenRange);
  const tokens = fields.integer("max_tokens", tokenRange);
  const question = messages.findLast(({ role }) => role === "user");
  const isStreamed = fields.boolean("stream") ?? false;
  const temperature = fields.number("temperature", { min: 0, max: maxTemperature });
  const choices = fields.integer("n", { min: 1, max: maxChoices }) ?? 1;
  const user = fields.text("user", maxUserBytes) ?? "";
  const includesUsage = fields.object("stream_options")?.["include_usage"] === true;
  fields.finish();
  const routing = routingFrom(options, policy);
  const call: ChatCall = {
    requestId,
    model: resolveModel(model, policy),
    alias: policy.aliases.has(model) ? model : undefined,
    body: relayBodyFrom(body),
    texts: messages.flatMap(textsOf),
    question: question === undefined ? "" : textsOf(question).join("\n"),
    temperature,
    maxTokens: completionTokens ?? tokens,
    choices,
    user,
    routing: { ...routing, fallbacks: [...modelIdsFrom(fallbacks, "fallbacks", policy), ...routing.fallbacks] },
    cache: cacheModeFrom(options),
    keepsSource: true,
  };
  return { call, isStreamed, includesUsage, includesRoute };
}

/** The Python SDK merges what its callers give as `extra_body` into the body; from others it comes as it is. */
function withExtraBody(body: JsonObject): JsonObject {
  const { extra_body: extra, ...rest } = body;
  if (extra === undefined || extra === null) return rest;
  if (isJsonObject(extra)) return { ...rest, ...extra };
  throw invalidRequestError([{ field: "extra_body", description: "must be an object", rule: "openai.type" }]);
}

/** Whose order is the caller's: the names in `model`, apart by commas, and those in `models` or `fallbacks`. */
function modelsFrom(fields: FieldReader): { readonly model: string; readonly fallbacks: readonly string[] } {
  const named = fields.text("model", maxModelBytes * (maxFallbacks + 1)) ?? "";
  const listed = ["models", "fallbacks"].flatMap((name) => fields.texts(name, maxFallbacks + 1, maxModelBytes));
  const names = [...named.split(",").map((name) => name.trim()), ...listed].filter((name) => name !== "");
  const [model = "", ...fallbacks] = names;
  if (fallbacks.length > maxFallbacks)
    fields.refuse({ field: "model", description: `at most ${maxFallbacks} fallbacks`, rule: "openai.max_items" });
  return { model, fallbacks };
}

/** What only Meridian knows: the routing options of the contract, and whether the route is to be reported. */
function meridianFrom(fields: FieldReader, check: MessageCheck) {
  const meridian = fields.object("meridian");
  if (meridian === undefined) return { options: undefined, includesRoute: false };
  const { report = null, ...options } = meridian;
  if (report !== null && typeof report !== "boolean")
    fields.refuse({ field: "meridian.report", description: "must be true or false", rule: "openai.type" });
  const message = routingOptionsFrom(options, fields);
  for (const violation of check(RoutingOptionsSchema, message))
    fields.refuse({ ...violation, field: `meridian.${violation.field}` });
  // The answer so far cannot be taken back in this form.
  if (message.commit === "restart")
    fields.refuse({
      field: "meridian.commit",
      description: 'must be "first_token" or "buffered": a restart cannot be told in this form',
      rule: "openai.commit",
    });
  return { options: message, includesRoute: report === true };
}

function routingOptionsFrom(options: JsonObject, fields: FieldReader): RoutingOptions {
  // A copy, as the decoder's type of JSON may be written to.
  const json: MutableJson = JSON.parse(JSON.stringify(options));
  try {
    return fromJson(RoutingOptionsSchema, json);
  } catch {
    const fault = locateJsonFault(RoutingOptionsSchema, json, "meridian");
    fields.refuse(fault ?? { field: "meridian", description: "are no routing options", rule: "decode.type" });
    return create(RoutingOptionsSchema);
  }
}

/** Fields that Meridian fills where the caller has not: null is as good as not set. */
const filled = new Set(["temperature", "max_tokens", "max_completion_tokens", "n", "user", "stream_options"]);
/** Fields that say how Meridian is to treat the call; the relay gets its own. */
const ours = new Set(["model", "models", "fallbacks", "meridian", "stream"]);

function relayBodyFrom(body: JsonObject): JsonObject {
  const kept = Object.entries(body).filter(([name, value]) => !ours.has(name) && !(value === null && filled.has(name)));
  return Object.fromEntries(kept);
}

/** The texts of a message, in order, as `textsOf` has them of the contract's. */
function textsOf({ content }: JsonObject): readonly string[] {
  if (typeof content === "string") return [content];
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: JsonValue) =>
    isJsonObject(part) && typeof part["text"] === "string" ? part["text"] : [],
  );
}
