import { isJsonObject, type JsonObject, type JsonValue, listAt, numberAt, objectAt, stringAt } from "./json.js";
import { RefusedRequest } from "./openai-error.js";

/** A function that the model may call. */
export interface Tool {
  readonly name: string;
  readonly parameters: JsonObject;
}

/** What of a request's body decides the answer. */
export interface ChatRequest {
  readonly messages: readonly JsonObject[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly choices: number;
  readonly stops: readonly string[];
  readonly maxTokens: number | undefined;
  readonly tools: readonly Tool[];
  readonly toolChoice: "none" | "auto" | "required" | { readonly name: string };
  readonly parallelToolCalls: boolean;
  /** Undefined: text. An empty schema: any JSON object. */
  readonly schema: JsonObject | undefined;
  readonly topLogprobs: number | undefined;
  readonly reasoning: boolean;
  /** Requests with the same key get the same answer. */
  readonly answerKey: string;
}

/**
 * Reads a body. What the simulator has no use for is accepted as it is.
 *
 * @throws RefusedRequest with 400 that names the field.
 */
export function parseChatRequest(body: JsonObject): ChatRequest {
  const effort = stringAt(body, "reasoning_effort");
  return {
    messages: parseMessages(body),
    stream: body["stream"] === true,
    includeUsage: objectAt(body, "stream_options")?.["include_usage"] === true,
    choices: integerWithin(body, "n", 1, 128) ?? 1,
    stops: parseStops(body["stop"]),
    maxTokens: integerWithin(body, "max_completion_tokens", 1) ?? integerWithin(body, "max_tokens", 1),
    tools: listAt(body, "tools").flatMap(parseTool),
    toolChoice: parseToolChoice(body),
    parallelToolCalls: body["parallel_tool_calls"] !== false,
    schema: parseSchema(body),
    topLogprobs: body["logprobs"] === true ? (integerWithin(body, "top_logprobs", 0, 20) ?? 0) : undefined,
    reasoning: effort !== undefined && effort !== "none",
    answerKey: JSON.stringify([
      body["messages"],
      body["tools"],
      body["tool_choice"],
      body["response_format"],
      body["seed"],
    ]),
  };
}

function parseMessages(body: JsonObject): readonly JsonObject[] {
  const messages = body["messages"];
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalid("messages", "Expected an array with at least one message.");
  }
  return messages.map((message: JsonValue, index) => {
    if (!isJsonObject(message) || stringAt(message, "role") === undefined) {
      throw invalid(`messages[${index}].role`, "Expected a message with a role.");
    }
    return message;
  });
}

function parseStops(stop: JsonValue | undefined): readonly string[] {
  const stops = Array.isArray(stop) ? stop : [stop];
  return stops.filter((text: unknown) => typeof text === "string" && text !== "");
}

function parseTool(tool: JsonValue): readonly Tool[] {
  const definition = isJsonObject(tool) ? objectAt(tool, "function") : undefined;
  const name = stringAt(definition, "name");
  return name === undefined ? [] : [{ name, parameters: objectAt(definition, "parameters") ?? {} }];
}

function parseToolChoice(body: JsonObject): ChatRequest["toolChoice"] {
  const choice = body["tool_choice"];
  const name = isJsonObject(choice) ? stringAt(objectAt(choice, "function"), "name") : undefined;
  if (name !== undefined) {
    if (!listAt(body, "tools").some((tool) => parseTool(tool)[0]?.name === name)) {
      throw invalid("tool_choice", `Tool choice '${name}' not found in 'tools' parameter.`);
    }
    return { name };
  }
  return choice === "none" || choice === "required" ? choice : "auto";
}

function parseSchema(body: JsonObject): JsonObject | undefined {
  const format = objectAt(body, "response_format");
  switch (format?.["type"]) {
    case "json_object":
      return {};
    case "json_schema": {
      const schema = objectAt(objectAt(format, "json_schema"), "schema");
      if (schema === undefined) {
        throw invalid(
          "response_format.json_schema",
          "Missing required parameter: 'response_format.json_schema.schema'.",
        );
      }
      return schema;
    }
    default:
      return undefined;
  }
}

function integerWithin(body: JsonObject, key: string, minimum: number, maximum = Infinity): number | undefined {
  const value = body[key];
  if (value === undefined || value === null) {
    return undefined;
  }
  const number = numberAt(body, key);
  if (number === undefined || !Number.isInteger(number) || number < minimum || number > maximum) {
    throw invalid(key, `Expected an integer from ${minimum}${maximum === Infinity ? " up" : ` to ${maximum}`}.`);
  }
  return number;
}

function invalid(param: string, reason: string): RefusedRequest {
  return new RefusedRequest(400, { message: `Invalid value for '${param}'. ${reason}`, param, code: "invalid_value" });
}
