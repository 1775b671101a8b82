import type { JsonObject, JsonValue } from "@meridian/core";
import type { ChatMessage, ContentPart } from "@meridian/inference-proto";

/** A message in OpenAI's form. What the caller did not set is not in it. */
export function messageBody(message: ChatMessage): JsonObject {
  const { role, content, parts, name, toolCalls, toolCallId, refusal, reasoning, annotations } = message;
  const body: Record<string, JsonValue> = {
    role,
    // An assistant's message of tool calls alone has the content null, which some relays insist on.
    content: content ?? (parts.length > 0 ? parts.map(partBody) : null),
  };
  if (name !== "") body["name"] = name;
  if (toolCalls.length > 0) body["tool_calls"] = toolCalls.map(toolCallBody);
  if (toolCallId !== "") body["tool_call_id"] = toolCallId;
  if (refusal !== undefined) body["refusal"] = refusal;
  if (reasoning !== undefined) body["reasoning_content"] = reasoning;
  if (annotations.length > 0) body["annotations"] = annotations;
  return body;
}

/** The texts of a message, in order. */
export function textsOf({ content, parts }: ChatMessage): readonly string[] {
  return content === undefined ? parts.flatMap(({ text }) => text ?? []) : [content];
}

function partBody({ type, text, imageUrl, inputAudio }: ContentPart): JsonValue {
  if (imageUrl !== undefined) {
    const { url, detail } = imageUrl;
    return { type, image_url: detail === "" ? { url } : { url, detail } };
  }
  if (inputAudio !== undefined) return { type, input_audio: { data: inputAudio.data, format: inputAudio.format } };
  return { type, text: text ?? "" };
}

function toolCallBody({ id, type, function: call }: ChatMessage["toolCalls"][number]): JsonObject {
  return { id, type, function: { name: call?.name ?? "", arguments: call?.arguments ?? "" } };
}
