import { describe, expect, test } from "vitest";
import type { ConfigProblem } from "./config-problem.js";
import { type ParseConfigResult, parseConfig } from "./parse-config.js";

function problemsOf(result: ParseConfigResult): readonly ConfigProblem[] {
  return "problems" in result ? result.problems : [];
}

describe("a text that is no plain YAML", () => {
  test.each<[name: string, text: string, place: string, path: string, message: RegExp]>([
    ["duplicate key", "server:\n  port: 1\n  port: 2", "3:3", "server.port", /^the key stands twice/],
    [
      "duplicate key in a list",
      "endpoints:\n  - name: a\n    name: b",
      "3:5",
      "endpoints[0].name",
      /^the key stands twice/,
    ],
    ["__proto__ as a model", "models:\n  __proto__: {}", "2:3", "models.__proto__", /not allowed/],
    ["merge key", "server:\n  <<: {port: 1}", "2:3", 'server["<<"]', /^unknown key "<<"/],
    ["unclosed quote", "server:\n  host: 'a\n", "3:1", "", /closing quote/],
    ["tab", "server:\n\tport: 1", "2:1", "", /^tabs cannot indent/],
    ["wrong indentation", "server:\n   port: 1\n  host: a", "3:1", "", /indent|mapping|YAML/],
    ["two documents", "server: {}\n---\nadmin: {}", "2:1", "", /several documents/],
    ["tag", "server: !!set {port}", "1:9", "", /tags are not supported/],
    ["alias of nothing", "server: *nobody", "1:9", "server", /anchor/],
    ["key that is a list", "[a]: 1", "1:1", "", /a key must be plain text/],
  ])("%s", (_, text, place, path, message) => {
    const problem = problemsOf(parseConfig(text, "test.yaml")).find((candidate) => candidate.path === path);
    expect(problem?.message).toMatch(message);
    expect(`${problem?.line}:${problem?.column}`).toBe(place);
  });
});

describe("a hostile file", () => {
  test("of aliases of aliases is refused", () => {
    let text = "a: &a [x,x,x,x,x,x,x,x,x]\n";
    for (const [left, right] of ["ab", "bc", "cd", "de", "ef", "fg", "gh", "hi"]) {
      text += `${right}: &${right} [${Array(9).fill(`*${left}`).join(",")}]\n`;
    }
    expect(problemsOf(parseConfig(text))[0]?.message).toMatch(/repeat more than 100 values/);
  });

  test("that holds itself is refused", () => {
    expect(problemsOf(parseConfig("server: &a\n  cors: *a")).map(({ path }) => path)).toContain("server.cors.cors");
  });

  test("of very many keys is read in time that grows with their number", () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`);
    expect(problemsOf(parseConfig(keys.join("\n"))).length).toBe(20_000);
  });

  test("of brackets is refused with one problem", () => {
    expect(problemsOf(parseConfig("[".repeat(20_000))).map(({ message }) => message)).toEqual(["nested too deeply"]);
  });

  test("of more than 256 KiB is refused", () => {
    expect(problemsOf(parseConfig("#".repeat(256 * 1024 + 1), "big.yaml"))[0]?.message).toMatch(/^big.yaml is larger/);
  });
});
