import {
  type Answer,
  type AnswerChoice,
  type JsonObject,
  type JsonValue,
  type Secret,
  type ToolCall,
  UpstreamError,
} from "@meridian/core";
import { errorOf, failureFromErrorBody } from "./classify-failure.js";
import { parseLogprobs } from "./parse-logprobs.js";
import { parseUsage } from "./parse-usage.js";
import { count, list, object, parseJson, seconds, text } from "./read-json.js";

/** How an answer is read. */
export interface AnswerOptions {
  readonly status: number;
  /** What may not be told of the relay's words. */
  readonly key: Secret;
  /** As `RelayRequest.keepsSource`. */
  readonly keepsSource?: boolean;
}

/**
 * The answer in the body of a 2xx.
 *
 * @throws UpstreamError where the body is an error, or not an answer
 * @see https://platform.openai.com/docs/api-reference/chat/object
 */
export function parseAnswer(source: string, { status, key, keepsSource = false }: AnswerOptions): Answer {
  const body = object(parseJson(source, keepsSource));
  const error = errorOf(body);
  if (error !== undefined) throw new UpstreamError(failureFromErrorBody(error, key, status));
  if (body === undefined) throw malformed(status, "the body is not a JSON object");
  const choices = list(body["choices"]).map((choice, position) => parseChoice(choice, position, status));
  if (choices.length === 0) throw malformed(status, "the answer has no choices");
  return {
    id: text(body["id"]) ?? "",
    created: seconds(body["created"]) ?? 0,
    choices,
    usage: parseUsage(body["usage"]),
    ...(keepsSource ? { source: body } : {}),
  };
}

/** A `malformed_answer`, to be thrown. `detail` is a word of ours, never the relay's. */
export function malformed(status: number, detail: string, options?: ErrorOptions): UpstreamError {
  return new UpstreamError({ kind: "malformed_answer", status, detail }, options);
}

function parseChoice(value: JsonValue, position: number, status: number): AnswerChoice {
  const choice = object(value);
  const message = object(choice?.["message"]);
  const finishReason = text(choice?.["finish_reason"]);
  if (message === undefined) throw malformed(status, "a choice has no message");
  if (finishReason === undefined) throw malformed(status, "a choice has no finish reason");
  const logprobs = object(choice?.["logprobs"]);
  return {
    index: count(choice?.["index"]) ?? position,
    content: typeof message["content"] === "string" ? message["content"] : textOfParts(message["content"]),
    reasoning: text(message["reasoning_content"]) ?? text(message["reasoning"]),
    refusal: text(message["refusal"]),
    toolCalls: list(message["tool_calls"]).map((call, position) => parseToolCall(call, position, status)),
    finishReason,
    contentLogprobs: parseLogprobs(logprobs?.["content"]),
    refusalLogprobs: parseLogprobs(logprobs?.["refusal"]),
  };
}

/** The id for a tool call whose relay gave none: without one it could not be answered. */
export function madeToolCallId(index: number): string {
  return `call_${index}`;
}

/** What a tool call, or a piece of one, calls: a function with its arguments, or a custom tool with its input. */
export function calledIn(call: JsonObject | undefined): {
  readonly name: string | undefined;
  readonly input: string | undefined;
} {
  const called = object(call?.["function"]);
  const custom = object(call?.["custom"]);
  return {
    name: text(called?.["name"]) ?? text(custom?.["name"]),
    input: text(called?.["arguments"]) ?? text(custom?.["input"]),
  };
}

/** Some relays answer in parts, as a request may have them. */
function textOfParts(value: JsonValue | undefined): string | undefined {
  const texts = list(value).flatMap((part) => text(object(part)?.["text"]) ?? []);
  return texts.length > 0 ? texts.join("") : undefined;
}

function parseToolCall(value: JsonValue, position: number, status: number): ToolCall {
  const call = object(value);
  const called = calledIn(call);
  if (called.name === undefined) throw malformed(status, "a tool call has no function name");
  return { id: text(call?.["id"]) ?? madeToolCallId(position), name: called.name, arguments: called.input ?? "" };
}
