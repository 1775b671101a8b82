import { z } from "zod";
import { configSchema } from "./schema/config-schema.js";

/** The JSON Schema of the file for editors, draft 2020-12. See https://json-schema.org/draft/2020-12. */
export function configJsonSchema(): z.core.JSONSchema.BaseSchema {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, {
    io: "input",
    override: ({ jsonSchema }) => {
      // A section that is left out is an empty one; its keys say their own defaults.
      if (jsonSchema.properties !== undefined) delete jsonSchema.default;
    },
  });
  return {
    $schema: $schema ?? "https://json-schema.org/draft/2020-12/schema",
    title: "Meridian configuration",
    ...schema,
  };
}
