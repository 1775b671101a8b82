import type { DeploymentHint } from "@meridian/dispatch";
import { expect, test } from "vitest";
import { compileTestConfig } from "../testing/start-test-proxy.js";
import { hintFromText, textFromHint } from "./hint-text.js";

const { routing } = compileTestConfig(
  `endpoints: [{ name: tokyo, baseUrl: "http://tokyo.example/v1", credentials: [{ name: first, key: "\${env:KEY}" }] }]`,
  { KEY: "sk-test-of-hints" },
);
const [endpoint] = routing.endpoints;
const [credential] = endpoint?.credentials ?? [];
const model = routing.models.get("gpt-4.1");
if (endpoint === undefined || credential === undefined || model === undefined) throw new Error("no deployment");

const hints: readonly DeploymentHint[] = [
  { kind: "circuit_open", endpoint, model, credential },
  { kind: "circuit_open", endpoint, model, credential: undefined },
  { kind: "rate_limited", endpoint, model, credential, forMs: 1_500 },
];

test.each(hints)("$kind goes there and back, without the key", (hint) => {
  const text = textFromHint("one", hint);
  expect(text).not.toContain("sk-test");
  expect(hintFromText("other", text, routing)).toEqual(hint);
  expect(hintFromText("one", text, routing)).toBeUndefined();
});

const whole = {
  kind: "rate_limited",
  from: "one",
  endpoint: "tokyo",
  baseUrl: "http://tokyo.example/v1",
  model: "gpt-4.1",
  credential: "first",
  forMs: 1_500,
};

test("the whole of it is a hint", () => {
  expect(hintFromText("other", JSON.stringify(whole), routing)).toBeDefined();
});

test.each<[string, object]>([
  ["another kind", { kind: "closed" }],
  ["another endpoint", { endpoint: "london" }],
  ["the endpoint at another address", { baseUrl: "http://other.example/v1" }],
  ["another model", { model: "gpt-9" }],
  ["another key", { credential: "second" }],
  ["another key whose breaker is open", { kind: "circuit_open", credential: "second" }],
  ["a rate limit without a key", { credential: undefined }],
  ["no delay", { forMs: undefined }],
  ["a delay that is none", { forMs: -1 }],
  ["a delay of a text", { forMs: "1" }],
  ["nobody", { from: undefined }],
  ["more than a hint can be", { from: "x".repeat(10_000) }],
])("%s is none", (_name, change) => {
  expect(hintFromText("other", JSON.stringify({ ...whole, ...change }), routing)).toBeUndefined();
});

test.each(["", "{", "null", "[]", "1"])("%j is none", (text) => {
  expect(hintFromText("other", text, routing)).toBeUndefined();
});
