import { isJsonObject, type JsonValue } from "@meridian/core";

/** Calls of tools in OpenAI's form, whole or a piece of each, as text: the name and the arguments as they were written. */
export function toolCallsText(calls: JsonValue | undefined): readonly string[] {
  if (!Array.isArray(calls)) return [];
  return calls.map((call) => {
    const definition = isJsonObject(call) ? call["function"] : undefined;
    if (!isJsonObject(definition)) return "";
    const { name, arguments: text } = definition;
    return (typeof name === "string" ? name : "") + (typeof text === "string" ? text : "");
  });
}
