import { toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { type ChatCall, isJsonObject, type JsonObject, type JsonValue, type RoutingPolicy } from "@meridian/core";
import { type ChatRequest, ChatRequestSchema } from "@meridian/inference-proto";
import { resolveModel } from "@meridian/routing";
import { invalidRequestError } from "../errors/to-connect-error.js";
import { messageBody, textsOf } from "./message-body.js";
import { cacheModeFrom, routingFrom } from "./routing-options.js";

/** How the answer travels, which the RPC decides. */
export type AnswerForm = "whole" | "streamed";

/**
 * The call in a request that has passed validation.
 *
 * @throws ConnectError invalid_argument for what the rules of the contract cannot say
 */
export function chatCallFrom(
  request: ChatRequest,
  requestId: string,
  form: AnswerForm | undefined,
  policy: Pick<RoutingPolicy, "aliases">,
): ChatCall {
  checkStream(request, form);
  const user = request.messages.findLast((message) => message.role === "user");
  return {
    requestId,
    model: resolveModel(request.model, policy),
    alias: policy.aliases.has(request.model) ? request.model : undefined,
    body: bodyFrom(request),
    texts: request.messages.flatMap(textsOf),
    question: user === undefined ? "" : textsOf(user).join("\n"),
    temperature: request.temperature,
    maxTokens: request.maxCompletionTokens ?? request.maxTokens,
    choices: request.n ?? 1,
    user: request.user,
    routing: routingFrom(request.routing, policy),
    cache: cacheModeFrom(request.routing),
  };
}

/** The body in OpenAI's form. What the caller did not set is not in it. */
function bodyFrom(request: ChatRequest): JsonObject {
  return {
    messages: request.messages.map(messageBody),
    ...defined({
      temperature: request.temperature,
      top_p: request.topP,
      max_tokens: request.maxTokens,
      max_completion_tokens: request.maxCompletionTokens,
      stop: nonEmpty(request.stop),
      n: request.n,
      // Validation keeps it within what a JSON number holds exactly.
      seed: request.seed === undefined ? undefined : Number(request.seed),
      presence_penalty: request.presencePenalty,
      frequency_penalty: request.frequencyPenalty,
      logprobs: request.logprobs,
      top_logprobs: request.topLogprobs,
      tools: nonEmpty(request.tools.map(toolBody)),
      tool_choice: toolChoiceBody(request),
      parallel_tool_calls: request.parallelToolCalls,
      response_format: responseFormatBody(request),
      reasoning_effort: request.reasoningEffort || undefined,
      user: request.user || undefined,
      metadata: nonEmptyMap(request.metadata),
      logit_bias: nonEmptyMap(request.logitBias),
      service_tier: request.serviceTier || undefined,
      store: request.store,
      verbosity: request.verbosity || undefined,
      prompt_cache_key: request.promptCacheKey || undefined,
      safety_identifier: request.safetyIdentifier || undefined,
      stream_options:
        request.streamOptions?.includeObfuscation === undefined
          ? undefined
          : { include_obfuscation: request.streamOptions.includeObfuscation },
    }),
    ...extraBody(request),
  };
}

const contractFields: ReadonlySet<string> = new Set(ChatRequestSchema.fields.map((field) => field.name));

/** What the relay knows and the contract does not. A key of the contract's own would be two values for one thing. */
function extraBody({ extraBody: extra }: ChatRequest): JsonObject {
  if (extra === undefined) return {};
  const known = Object.keys(extra).filter((key) => contractFields.has(key));
  if (known.length > 0)
    throw invalidRequestError(
      known.map((key) => ({
        field: `extra_body.${key}`,
        description: `set the request's own field ${key} instead`,
        rule: "extra_body.unknown_keys_only",
      })),
    );
  return extra;
}

function checkStream({ stream }: ChatRequest, form: AnswerForm | undefined): void {
  if (stream === undefined || form === undefined || stream === (form === "streamed")) return;
  const description =
    form === "whole" ? "call StreamChat for a streamed answer" : "call Chat for an answer that is not streamed";
  throw invalidRequestError([{ field: "stream", description, rule: "stream.matches_rpc" }]);
}

function toolBody({ type, function: definition }: ChatRequest["tools"][number]): JsonObject {
  return {
    type,
    function: defined({
      name: definition?.name,
      description: definition?.description || undefined,
      parameters: definition?.parameters,
      strict: definition?.strict,
    }),
  };
}

function toolChoiceBody({ toolChoice }: ChatRequest): JsonValue | undefined {
  if (toolChoice === undefined) return undefined;
  const value = toJson(ValueSchema, toolChoice);
  // As everywhere in JSON, null says that the field is not set.
  if (value === null) return undefined;
  if (isJsonObject(value) || value === "none" || value === "auto" || value === "required") return value;
  throw invalidRequestError([
    {
      field: "tool_choice",
      description: 'must be "none", "auto", "required" or an object that names a tool',
      rule: "tool_choice.form",
    },
  ]);
}

function responseFormatBody({ responseFormat: format }: ChatRequest): JsonObject | undefined {
  if (format === undefined) return undefined;
  const { jsonSchema } = format;
  if (jsonSchema === undefined) return { type: format.type };
  return {
    type: format.type,
    json_schema: defined({
      name: jsonSchema.name,
      description: jsonSchema.description || undefined,
      schema: jsonSchema.schema,
      strict: jsonSchema.strict,
    }),
  };
}

/** Without the keys whose value is undefined. */
function defined(values: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const body: Record<string, JsonValue> = {};
  for (const key in values) {
    const value = values[key];
    if (value !== undefined) body[key] = value;
  }
  return body;
}

function nonEmpty(values: readonly JsonValue[]): readonly JsonValue[] | undefined {
  return values.length === 0 ? undefined : values;
}

function nonEmptyMap(values: JsonObject): JsonObject | undefined {
  return Object.keys(values).length === 0 ? undefined : values;
}
