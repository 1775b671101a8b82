import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import type { JsonObject } from "./json.js";
import { createRandom } from "./random.js";
import { sampleSchema } from "./sample-schema.js";

const person = {
  type: "object",
  properties: { name: { type: "string" }, friends: { type: "array", items: { $ref: "#/$defs/person" } } },
  required: ["name", "friends"],
  additionalProperties: false,
};

test.each<[string, JsonObject]>([
  ["no keyword", {}],
  ["strings", { type: "string", minLength: 5, maxLength: 7 }],
  ["a long string", { type: "string", minLength: 300 }],
  ["an empty string", { type: "string", maxLength: 0 }],
  ["const", { const: { a: [1] } }],
  ["null const", { const: null }],
  ["enum", { enum: ["a", 1, null] }],
  ["integers", { type: "integer", minimum: 3, maximum: 5 }],
  ["exclusive limits", { type: "integer", exclusiveMinimum: 3, exclusiveMaximum: 5 }],
  ["negative numbers", { type: "number", maximum: -10 }],
  ["a narrow range", { type: "number", minimum: 0.25, maximum: 0.26 }],
  ["exclusive fractions", { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }],
  ["integers without a step in range of fractions", { type: "integer", minimum: 0.5, maximum: 1.5 }],
  ["multiples", { type: "integer", multipleOf: 7, minimum: 1, maximum: 20 }],
  ["decimal multiples", { type: "number", multipleOf: 0.01, minimum: 0, maximum: 1 }],
  ["booleans and null", { type: "array", prefixItems: [{ type: "boolean" }, { type: "null" }], minItems: 2 }],
  ["arrays", { type: "array", items: { type: "integer" }, minItems: 3, maxItems: 3 }],
  ["an array of nothing", { type: "array", maxItems: 0 }],
  ["unique items", { type: "array", items: { enum: [1, 2, 3] }, minItems: 3, uniqueItems: true }],
  ["a tuple", { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: false, minItems: 2 }],
  ["type lists", { type: ["null", "integer"] }],
  ["anyOf", { anyOf: [{ type: "integer", minimum: 5 }, { type: "null" }] }],
  ["oneOf", { oneOf: [{ type: "object", properties: { a: { const: 1 } }, required: ["a"] }, { type: "string" }] }],
  [
    "allOf",
    {
      allOf: [
        { properties: { a: { type: "integer" } }, required: ["a"] },
        { type: "object", required: ["b"] },
      ],
    },
  ],
  [
    "$ref",
    {
      $defs: { x: { type: "integer", maximum: 0 } },
      type: "object",
      properties: { y: { $ref: "#/$defs/x" } },
      required: ["y"],
    },
  ],
  ["recursion", { $defs: { person }, ...person }],
  [
    "recursion through null",
    {
      type: "object",
      properties: { next: { anyOf: [{ $ref: "#" }, { type: "null" }] }, value: { type: "integer" } },
      required: ["next", "value"],
      additionalProperties: false,
    },
  ],
  ["required without a property", { type: "object", required: ["x"], additionalProperties: { type: "integer" } }],
  ["minProperties", { type: "object", minProperties: 2, additionalProperties: { type: "string" } }],
  [
    "dangerous names",
    {
      type: "object",
      properties: JSON.parse('{"__proto__":{"type":"integer"},"constructor":{"type":"string"}}'),
      required: ["__proto__"],
    },
  ],
  ["pattern", { type: "string", pattern: "^[A-Z]{3}-\\d{2,4}(?:x|yz)?$" }],
  ["pattern with classes", { type: "string", pattern: "^[^\\W_]+@[a-z.-]+\\.(com|org)$" }],
  ["pattern and lengths", { type: "string", pattern: "^[a-z]*$", minLength: 8, maxLength: 9 }],
  ["pattern with escapes", { type: "string", pattern: "^\\+\\x41\\u0042\\s\\S{2}$" }],
])("%s: what is made up satisfies the schema", (_, schema) => {
  const validate = new Ajv2020({ strict: false }).compile(schema);
  for (let seed = 0; seed < 40; seed++) {
    const value = sampleSchema(schema, createRandom(`${seed}`), ["Jakarta", "weather", "日本"]);
    expect(validate(value), `${JSON.stringify(value)}: ${JSON.stringify(validate.errors)}`).toBe(true);
  }
});

test.each<[string, JsonObject]>([
  ["a schema without an end", { type: "object", properties: { a: { $ref: "#" } }, required: ["a"] }],
  [
    "a schema that branches into itself",
    {
      type: "object",
      properties: { a: { $ref: "#" }, b: { $ref: "#" }, c: { $ref: "#" } },
      required: ["a", "b", "c"],
    },
  ],
  ["references that branch into themselves", { allOf: [{ $ref: "#" }, { $ref: "#" }, { $ref: "#" }] }],
  ["a reference to itself", { $ref: "#" }],
  ["a reference to nothing", { $ref: "#/$defs/none" }],
  ["a pattern that cannot be read", { type: "string", pattern: "^(?=a)\\1\\p{L}$" }],
  ["a broken pattern", { type: "string", pattern: "[a" }],
  ["a pattern without an end", { type: "string", pattern: "((a{999999}){999999}){999999}" }],
  ["a pattern that is costly to run", { type: "string", pattern: "^(a+)+$", minLength: 50 }],
  ["contradictions", { type: "integer", minimum: 5, maximum: 1 }],
])("%s: something comes out, and soon", (_, schema) => {
  expect(sampleSchema(schema, createRandom("1"), [])).toBeDefined();
});

test("the same randomness gives the same value, another gives another", () => {
  const schema = { type: "object", properties: { a: { type: "integer", maximum: 1_000_000 }, b: { type: "string" } } };
  const sample = (seed: string) => sampleSchema(schema, createRandom(seed), ["x", "y"]);
  expect(sample("1")).toEqual(sample("1"));
  expect(sample("1")).not.toEqual(sample("2"));
});
