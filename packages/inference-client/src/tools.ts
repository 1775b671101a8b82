import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import type { ResponseFormatInit, ToolInit } from "./request-types.js";

/** How a tool's arguments are held to their schema. */
export interface ToolOptions {
  /** Whether arguments must follow the schema exactly. Default: unset, which is false. */
  readonly strict?: boolean | undefined;
}

/**
 * A function that the model may call.
 *
 * @param name 1 to 64 letters, digits, underscores or dashes.
 * @param description what it does and when to call it.
 * @param parameters the JSON Schema object of its arguments, see https://json-schema.org; undefined: it takes none.
 */
export function tool(name: string, description: string, parameters?: JsonObject, options: ToolOptions = {}): ToolInit {
  return {
    type: "function",
    function: {
      name,
      description,
      ...(parameters === undefined ? {} : { parameters }),
      ...(options.strict === undefined ? {} : { strict: options.strict }),
    },
  };
}

/**
 * The value of `ChatRequest.toolChoice`: "none", "auto", "required", or the one function that must be called.
 */
export function toolChoice(choice: "none" | "auto" | "required" | { readonly name: string }): Value {
  return fromJson(
    ValueSchema,
    typeof choice === "string" ? choice : { type: "function", function: { name: choice.name } },
  );
}

/** What else may be said of an answer's schema. */
export interface JsonSchemaOptions {
  /** What the schema is for. Default: none. */
  readonly description?: string | undefined;
  /** Whether the answer must follow the schema exactly. Default: unset, which is false. */
  readonly strict?: boolean | undefined;
}

/**
 * A `ChatRequest.responseFormat` that asks for JSON of a schema.
 *
 * @param name 1 to 64 letters, digits, underscores or dashes.
 * @param schema a JSON Schema object, see https://json-schema.org.
 */
export function jsonSchema(name: string, schema: JsonObject, options: JsonSchemaOptions = {}): ResponseFormatInit {
  return {
    type: "json_schema",
    jsonSchema: {
      name,
      schema,
      ...(options.description === undefined ? {} : { description: options.description }),
      ...(options.strict === undefined ? {} : { strict: options.strict }),
    },
  };
}
