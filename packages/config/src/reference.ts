import type { z } from "zod";
import { configJsonSchema } from "./json-schema.js";

type Schema = z.core.JSONSchema.JSONSchema;

/** One key of the file, as the reference shows it. */
export interface ReferenceRow {
  /** `server.port`, `endpoints[].name`, `models.<id>.prices`. */
  readonly key: string;
  /** What it takes, with its limits. */
  readonly takes: string;
  /** As YAML would have it, "required", or empty where the description says it. */
  readonly default: string;
  readonly description: string;
}

/** Every key of the file, in the order of the schema. */
export function configReferenceRows(): readonly ReferenceRow[] {
  return rowsOf(configJsonSchema(), "");
}

/** The rows as a Markdown table, which docs/configuration.md holds between two markers. */
export function configReference(): string {
  const rows = configReferenceRows().map(
    (row) => `| \`${row.key}\` | ${row.takes} | ${row.default} | ${row.description.replaceAll("|", "\\|")} |`,
  );
  return ["| key | takes | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

function rowsOf(schema: Schema, prefix: string): readonly ReferenceRow[] {
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    if (typeof property === "boolean") return [];
    const key = `${prefix}${name}`;
    const row: ReferenceRow = {
      key,
      takes: takes(property),
      default: defaultText(property, required.includes(name)),
      description: property.description ?? "",
    };
    const options = property.anyOf?.filter((option) => typeof option === "object") ?? [property];
    return [row, ...options.flatMap((option) => [...rowsOf(option, `${key}.`), ...entriesOf(option, key)])];
  });
}

/** The rows of a list's items or of a mapping's entries. */
function entriesOf(schema: Schema, key: string): readonly ReferenceRow[] {
  const items = Array.isArray(schema.items) ? undefined : schema.items;
  if (typeof items === "object") return rowsOf(items, `${key}[].`);
  if (typeof schema.additionalProperties !== "object") return [];
  const { anyOf = [schema.additionalProperties] } = schema.additionalProperties;
  const entry = anyOf.find((option) => typeof option === "object" && option.properties);
  return typeof entry === "object" ? rowsOf(entry, `${key}.<${placeholders[key] ?? "id"}>.`) : [];
}

const placeholders: Readonly<Record<string, string>> = { regions: "code", tenants: "name" };

function takes(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.join(", ");
  if (schema.anyOf !== undefined) {
    const options = schema.anyOf.map((option) => (typeof option === "object" ? takes(option) : ""));
    return [...new Set(options)].join(" or ");
  }
  switch (schema.type) {
    case "integer":
      return `whole number, ${schema.minimum} to ${schema.maximum}`;
    case "number":
      return `number, ${schema.minimum} to ${schema.maximum}`;
    case "boolean":
      return "true or false";
    case "string":
      return "text";
    case "array":
      return "list";
    case "object":
      return "mapping";
    default:
      return String(schema.type ?? "anything");
  }
}

function defaultText(schema: Schema, required: boolean): string {
  if (required) return "required";
  return schema.default === undefined || schema.type === "object" ? "" : `\`${JSON.stringify(schema.default)}\``;
}
