import { readFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { FieldRulesSchema, StringRulesSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { workspaceRoot } from "../run-command.ts";
import { merge } from "./merge.ts";
import { ruleKeywords } from "./rule-keywords.ts";

const document = parse(readFileSync(join(workspaceRoot, "docs/openapi/meridian.yaml"), "utf8"));
const schemas = document.components.schemas;

describe("the published document", () => {
  test("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  test("refers to nothing that is not there, and defines nothing that is not used", () => {
    const references = JSON.stringify(document).match(/(?<="\$ref":"#\/components\/)[^"]+/g) ?? [];
    // Ways to show who is calling are used by their names.
    const schemes = document.security.flatMap((each: object) =>
      Object.keys(each).map((name) => `securitySchemes/${name}`),
    );
    const used = new Set([...references.map((reference) => reference.split("/properties/", 1)[0]), ...schemes]);
    const defined = Object.entries(document.components).flatMap(([kind, each]) =>
      Object.keys(each ?? {}).map((name) => `${kind}/${name}`),
    );
    expect([...used].sort()).toEqual(defined.sort());
  });

  test("gives every operation an id of its own", () => {
    const ids = JSON.stringify(document.paths).match(/(?<="operationId":")[^"]+/g) ?? [];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain("InferenceService_Chat");
  });

  test("has GET for the RPCs without side effects alone", () => {
    const prefix = "/meridian.inference.v1.InferenceService/";
    const methods = Object.entries(document.paths)
      .filter(([path]) => path.startsWith(prefix))
      .map(([path, item]) => [path.slice(prefix.length), Object.keys(item ?? {}).sort()]);
    expect(Object.fromEntries(methods)).toEqual({
      Chat: ["post"],
      StreamChat: ["post"],
      ExplainRoute: ["get", "post"],
      ListModels: ["get", "post"],
    });
  });

  test.each([
    ["ChatRequest", ["messages"]],
    ["ChatMessage", ["role"]],
    ["ContentPart", ["type"]],
    ["Tool", ["type", "function"]],
    ["ToolCall", ["id", "type", "function"]],
    ["ExplainRouteRequest", ["chat"]],
    ["RoutingOptions", undefined],
    ["ChatResponse", undefined],
  ])("%s requires the fields that break a rule where they are absent", (message, required) => {
    expect(schemas[`meridian.inference.v1.${message}`].required).toEqual(required);
  });

  test.each([
    ["ChatRequest", "temperature", { type: "number", minimum: 0, maximum: 2 }],
    ["ChatRequest", "seed", { type: ["string", "integer"], format: "int64" }],
    ["ChatRequest", "stop", { items: { type: "string", minLength: 1, maxLength: 1024 }, maxItems: 16 }],
    ["ChatRequest", "metadata", { maxProperties: 16, propertyNames: { maxLength: 64 } }],
    ["ChatRequest", "tools", { items: { $ref: "#/components/schemas/meridian.inference.v1.Tool" }, maxItems: 128 }],
    ["ChatMessage", "role", { enum: ["system", "developer", "user", "assistant", "tool"] }],
    ["Tool", "type", { const: "function" }],
    ["ChatResponse", "created", { type: "string", format: "int64" }],
    ["TokenLogprob", "bytes", { type: "string", contentEncoding: "base64" }],
    ["Usage", "prompt_tokens", { description: "Tokens of the request.", type: "integer", format: "int32" }],
  ])("%s.%s has its type, its limits and its comment", (message, field, expected) => {
    expect(schemas[`meridian.inference.v1.${message}`].properties[field]).toMatchObject(expected);
  });

  test("lets a body in OpenAI's form say all of the contract's routing options", () => {
    const options = Object.keys(schemas["meridian.inference.v1.RoutingOptions"].properties);
    expect(Object.keys(schemas["openai.MeridianOptions"].properties).sort()).toEqual([...options, "report"].sort());
  });

  test("takes one event for each message of a stream", () => {
    const message = schemas["meridian.inference.v1.StreamChatResponse"];
    expect(message).toMatchObject({ minProperties: 1, maxProperties: 1, properties: { text_delta: {}, end: {} } });
  });

  test("says the rules about several fields in words", () => {
    expect(schemas["meridian.inference.v1.ChatMessage"].description).toContain("\n- set content or parts, not both\n");
  });
});

test("a rule that OpenAPI is not known for stops the generator", () => {
  const string = create(StringRulesSchema, { wellKnown: { case: "email", value: true } });
  const rules = create(FieldRulesSchema, { type: { case: "string", value: string } });
  expect(() => ruleKeywords(rules)).toThrow('"email"');
});

test("merge keeps what only one of two objects has, at every depth, and joins lists", () => {
  const merged = merge({ a: { b: 1, c: [1] }, d: 1 }, { a: { c: [2], e: null }, d: 2 });
  expect(merged).toEqual({ a: { b: 1, c: [1, 2], e: null }, d: 2 });
});
