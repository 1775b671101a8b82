import { readFileSync } from "node:fs";
import { isJsonObject, type JsonObject, type JsonValue } from "@meridian/core";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";
import { parse } from "yaml";

/** An operation of the published document. */
export interface PublishedOperation {
  readonly path: string;
  readonly method: "get" | "post";
}

/** An answer to it, as it came. */
export interface PublishedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonValue;
}

const document: JsonObject = parse(
  readFileSync(new URL("../../../../docs/openapi/meridian.yaml", import.meta.url), "utf8"),
);

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictRequired: false, formats: numberFormats() });
// Not of JSON Schema: what stands beside schemas, and the one keyword for schemas that OpenAPI adds and the document has.
ajv.addVocabulary([...Object.keys(document), "externalDocs"]);
ajv.addSchema(closed(document), "openapi");

/** The names of the published schemas. */
export const publishedNames: readonly string[] = Object.keys(at(["components", "schemas"]));

/** What a value breaks of the schema of that name, each as "path keyword". */
export function schemaFaults(name: string, value: JsonValue): readonly string[] {
  return faults(["components", "schemas", name], value);
}

/** The published operation of an RPC. */
export function rpcOperation(rpc: string, method: PublishedOperation["method"] = "post"): PublishedOperation {
  return { path: `/meridian.inference.v1.InferenceService/${rpc}`, method };
}

/** What a request's body breaks of its schema, each as "path keyword". */
export function requestFaults(operation: PublishedOperation, mediaType: string, body: JsonValue): readonly string[] {
  return faults([...pathTo(operation), "requestBody", "content", mediaType, "schema"], body);
}

/** What one message of an answer breaks of its schema, each as "path keyword". */
export function messageFaults(operation: PublishedOperation, mediaType: string, body: JsonValue): readonly string[] {
  return faults([...pathTo(operation), "responses", "200", "content", mediaType, "schema"], body);
}

/**
 * Expects an answer to be one that is published: its status, its own headers (HTTP's and CORS's have documents of their
 * own), and a body that holds nothing that the schema does not describe, unless that is left open in so many words.
 */
export function expectPublished(operation: PublishedOperation, { status, headers, body }: PublishedAnswer): void {
  const response = dereferenced([...pathTo(operation), "responses", String(status)]);
  const [mediaType = ""] = (headers.get("content-type") ?? "").split(";");
  expect(faults([...response, "content", mediaType, "schema"], body)).toEqual([]);
  for (const [name, value] of headers) {
    if (!/^(x-|retry-)/.test(name)) continue;
    const schema = [...dereferenced([...response, "headers", name]), "schema"];
    expect([name, faults(schema, at(schema)["type"] === "integer" ? Number(value) : value)]).toEqual([name, []]);
  }
}

type Path = readonly string[];

function pathTo({ path, method }: PublishedOperation): Path {
  return ["paths", path, method];
}

function faults(path: Path, value: JsonValue): readonly string[] {
  at(path);
  const check = ajv.compile({ $ref: `openapi#${pointer(path)}` });
  check(value);
  return (check.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

/** The path of what is there, or of what that refers to. */
function dereferenced(path: Path): Path {
  const reference = at(path)["$ref"];
  return typeof reference === "string" ? reference.slice("#/".length).split("/") : path;
}

function at(path: Path): JsonObject {
  let node: JsonValue = document;
  for (const key of path) {
    const next: JsonValue | undefined = isJsonObject(node) ? node[key] : undefined;
    if (next === undefined) throw new Error(`the published document has no ${path.join(" ")}`);
    node = next;
  }
  if (!isJsonObject(node)) throw new Error(`${path.join(" ")} of the published document is no object`);
  return node;
}

/** @see https://www.rfc-editor.org/rfc/rfc6901 */
function pointer(path: Path): string {
  return path.map((key) => `/${encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))}`).join("");
}

/** The document with every object closed that does not say that it is open: answers hold what is published, and no more. */
function closed(node: JsonObject): object {
  return JSON.parse(
    JSON.stringify(node, (_, value) =>
      value?.type === "object" && "properties" in value && !("additionalProperties" in value)
        ? { ...value, additionalProperties: false }
        : value,
    ),
  );
}

/** The formats of OpenAPI's registry that the document names; their types say enough here. */
function numberFormats() {
  return { int32: true, int64: true, double: true } as const;
}
