// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how a reference is written.
import { describe, expect, test } from "vitest";
import type { ConfigProblem } from "./config-problem.js";
import { type ParseConfigResult, parseConfig } from "./parse-config.js";

function problemsOf(result: ParseConfigResult): readonly ConfigProblem[] {
  return "problems" in result ? result.problems : [];
}

const endpoint = (lines: string) => `endpoints:\n  - name: tokyo\n    baseUrl: https://relay.example/v1\n${lines}`;

describe("a relay's address", () => {
  test.each([
    ["another scheme", "ftp://relay.example"],
    ["no scheme", "relay.example/v1"],
    ["a password", "https://hunter:hunter2@relay.example/v1"],
    ["a query", "https://relay.example/v1?hunter2"],
    ["a fragment", "https://relay.example/v1#hunter2"],
  ])("may not have %s, which is not repeated", (_, baseUrl) => {
    const text = `endpoints: [{name: a, baseUrl: "${baseUrl}", credentials: [{name: a, key: "\${env:A}"}]}]`;
    const problems = problemsOf(parseConfig(text));
    expect(problems.map(({ path }) => path)).toEqual(["endpoints[0].baseUrl"]);
    expect(JSON.stringify(problems)).not.toContain("hunter");
  });
});

describe("a key in the file", () => {
  test.each([
    ["as it is", "sk-live-1234"],
    ["quoted", "'sk-live-1234'"],
    ["with a colon, which is no YAML", "sk-live-1234: x"],
    ["in brackets", "{sk-live-1234: }"],
    ["in a list", "[sk-live-1234]"],
    ["after a reference", "'${env:A}sk-live-1234'"],
    ["in an unclosed quote", "'sk-live-1234"],
    ["after a reserved character", "@sk-live-1234"],
    ["as a tag", "!sk-live-1234 x"],
    ["as an alias", "*sk-live-1234"],
    ["with a bad escape", '"sk-live-1234\\q"'],
    ["as a default of a variable", "'${env:A:-${sk-live-1234}}'"],
  ])("is a problem that does not repeat it: %s", (_, key) => {
    const problems = problemsOf(parseConfig(endpoint(`    credentials:\n      - name: a\n        key: ${key}\n`)));
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain("sk-live");
  });
});
