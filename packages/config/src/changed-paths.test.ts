import { expect, test } from "vitest";
import { changedPaths } from "./changed-paths.js";
import { compileOrThrow, filesOf } from "./test/compile.js";

const key = "key: '${file:a.key}'";
const tokyo = (rest: string) => `endpoints: [{ name: tokyo, baseUrl: "http://tokyo.example/v1", ${rest} }]`;
const base = tokyo(`credentials: [{ name: new, ${key} }, { name: old, key: '\${file:b.key}' }]`);

function paths(before: string, after: string, files: Readonly<Record<string, string>> = {}) {
  const keys = { "a.key": "sk-planted-a", "b.key": "sk-planted-b" };
  const from = compileOrThrow(before, { readFile: filesOf(keys) });
  const to = compileOrThrow(after, { readFile: filesOf({ ...keys, ...files }) });
  return changedPaths(from, to);
}

test.each([
  ["nothing", base, base, []],
  ["a limit", "", "deadline: { defaultMs: 1000 }", ["deadline.defaultMs"]],
  [
    "a list of plain values",
    "",
    "server: { cors: { allowedOrigins: ['https://a.example'] } }",
    ["server.cors.allowedOrigins"],
  ],
  ["a model's limit", "", "models: { gpt-4.1: { requestsPerMinute: 9 } }", ["models.gpt-4.1.requestsPerMinute"]],
  [
    "a model's prices",
    "",
    "models: { gpt-4.1: { prices: [{}, { validFrom: 2027-01-01, outputUsdPerMillionTokens: 9 }] } }",
    ["models.gpt-4.1.prices"],
  ],
  ["a region", "", "regions: { US: { model: gpt-4.1 } }", ["regions.US"]],
  [
    "a budget",
    "",
    "routing: { policy: learned, learned: { budget: { cost: 0.4 } } }",
    ["routing.learned.budget", "routing.policy"],
  ],
  ["an alias", "", "routing: { aliases: { fast: auto } }", ["routing.aliases.fast"]],
  ["an endpoint", "", base, ["endpoints.tokyo"]],
  ["a key that goes", base, tokyo(`credentials: [{ name: new, ${key} }]`), ["endpoints.tokyo.credentials.old"]],
  [
    "the order of the keys",
    base,
    tokyo(`credentials: [{ name: old, key: '\${file:b.key}' }, { name: new, ${key} }]`),
    ["endpoints.tokyo.credentials"],
  ],
] as const)("%s", (_name, before, after, expected) => {
  expect(paths(before, after)).toEqual(expected);
});

test("a secret is named where it changes, and never shown", () => {
  const changed = paths(base, base, { "a.key": "sk-planted-c" });
  expect(changed).toEqual(["endpoints.tokyo.credentials.new.key"]);
  expect(changed.join()).not.toContain("planted");
});
