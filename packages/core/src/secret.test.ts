/// <reference types="node" />

import { inspect } from "node:util";
import { Secret } from "@meridian/core";
import { expect, test } from "vitest";

const value = "sk-very-secret";
const secret = new Secret(value);

test("gives its value by reveal alone", () => {
  expect(secret.reveal()).toBe(value);
});

test.each([
  ["a template", `${secret}`],
  ["String()", String(secret)],
  ["concatenation", `key: ${[secret].join()}`],
  ["JSON", JSON.stringify({ key: secret })],
  ["inspect", inspect({ key: secret }, { depth: 9, showHidden: true })],
  ["inspect of the secret itself", inspect(secret)],
  ["its own properties", JSON.stringify(Object.entries(secret)) + Reflect.ownKeys(secret).join()],
  ["a copy", JSON.stringify({ ...secret })],
])("%s does not show it", (_name, shown) => {
  expect(shown).not.toContain(value);
});

test("says that something is there", () => {
  expect(`${secret}`).toBe("[redacted]");
  expect(JSON.stringify(secret)).toBe('"[redacted]"');
  expect(inspect(secret)).toBe("[redacted]");
});

test("is equal to another with the same value", () => {
  expect(secret.equals(new Secret(value))).toBe(true);
  expect(secret.equals(new Secret("sk-other"))).toBe(false);
});
