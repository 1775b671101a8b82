// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how a reference is written.
import { describe, expect, test } from "vitest";
import type { ConfigProblem } from "./config-problem.js";
import { formatProblems } from "./format-problems.js";
import { type ParseConfigResult, parseConfig } from "./parse-config.js";

function problemsOf(result: ParseConfigResult): readonly ConfigProblem[] {
  return "problems" in result ? result.problems : [];
}

const endpoint = (lines: string) => `endpoints:\n  - name: tokyo\n    baseUrl: https://relay.example/v1\n${lines}`;

const aliases = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: auto`).join(", ");

describe("a file that cannot be used", () => {
  test.each<[name: string, text: string, place: string, path: string, message: RegExp]>([
    [
      "unknown key",
      "server:\n  prot: 1",
      "2:3",
      "server.prot",
      /^unknown key "prot"; did you mean "port"\? Known keys: host, port, tls/,
    ],
    [
      "unknown key far from all",
      "server:\n  zzzzzz: 1",
      "2:3",
      "server.zzzzzz",
      /^unknown key "zzzzzz"\. Known keys: host/,
    ],
    ["unknown section", "endpoint: []", "1:1", "endpoint", /did you mean "endpoints"/],
    ["unknown key of a model", "models:\n  m:\n    price: 1", "3:5", "models.m.price", /did you mean "prices"/],
    [
      "unknown key of a price",
      "models:\n  gpt-4.1:\n    prices:\n      output: 1",
      "4:7",
      'models["gpt-4.1"].prices.output',
      /Known keys: inputUsd/,
    ],
    ["port too large", "server:\n  port: 70000", "2:9", "server.port", /^must be a whole number from 0 to 65535$/],
    ["port with a fraction", "server: {port: 1.5}", "1:16", "server.port", /^must be a whole number from 0 to 65535$/],
    ["port in quotes", 'server: {port: "80"}', "1:16", "server.port", /from 0 to 65535, without quotes$/],
    ["port of text", "server: {port: http}", "1:16", "server.port", /from 0 to 65535, not text$/],
    ["port infinite", "server: {port: .inf}", "1:16", "server.port", /from 0 to 65535/],
    [
      "message limit too small",
      "server: {maxMessageBytes: 10}",
      "1:27",
      "server.maxMessageBytes",
      /from 1024 to 67108864/,
    ],
    [
      "message limit too large",
      "server: {maxMessageBytes: 67108865}",
      "1:27",
      "server.maxMessageBytes",
      /from 1024 to 67108864/,
    ],
    ["section without a value", "server:\nadmin: {}", "1:8", "server", /^has no value; give it keys, or remove it/],
    ["key without a value", "server:\n  port:", "2:8", "server.port", /it has no value$/],
    ["section that is a list", "server: []", "1:1", "server", /^must be a mapping, not a list$/],
    ["file that is a list", "- a", "1:1", "", /^test.yaml must hold a mapping/],
    ["file that is text", "hello", "1:1", "", /^test.yaml must hold a mapping/],
    [
      "yes for true",
      "server: {reflection: yes}",
      "1:22",
      "server.reflection",
      /^must be true or false, without quotes/,
    ],
    [
      "host with a port",
      "server: {host: 'localhost:80'}",
      "1:16",
      "server.host",
      /^must be an IP address or a host name/,
    ],
    [
      "bad CIDR",
      "server:\n  trustedProxies: [10.0.0.0/33]",
      "2:20",
      "server.trustedProxies[0]",
      /CIDR range, such as 10\.0\.0\.0\/8/,
    ],
    ["bad address", "server:\n  trustedProxies: [loopback]", "2:20", "server.trustedProxies[0]", /CIDR/],
    [
      "origin with a path",
      "server: {cors: {allowedOrigins: [https://a.example/]}}",
      "1:34",
      "server.cors.allowedOrigins[0]",
      /without a path/,
    ],
    [
      "half of tls",
      "server:\n  tls:\n    keyFile: k.pem",
      "2:3",
      "server.tls.certificateFile",
      /^is missing; it must be the path of a PEM file/,
    ],
    [
      "log level",
      "logging: {level: infos}",
      "1:18",
      "logging.level",
      /^must be one of trace, .*; did you mean "info"\?$/,
    ],
    [
      "price with ten decimals",
      "models:\n  m:\n    prices:\n      outputUsdPerMillionTokens: 0.0000000001",
      "4:34",
      "models.m.prices.outputUsdPerMillionTokens",
      /from 0 to 100000, with at most 9 decimals$/,
    ],
    [
      "price that would lose digits",
      "models: {m: {prices: {outputUsdPerMillionTokens: 0.10000000000000001}}}",
      "1:50",
      "models.m.prices.outputUsdPerMillionTokens",
      /more than 15 digits/,
    ],
    [
      "a date that the calendar does not have",
      "models: {m: {prices: [{}, {validFrom: 2027-02-30}]}}",
      "1:39",
      "models.m.prices[1].validFrom",
      /^must be a date such as/,
    ],
    [
      "an unknown price of a list",
      "models: {m: {prices: [{output: 1}]}}",
      "1:24",
      "models.m.prices[0].output",
      /^unknown key/,
    ],
    [
      "negative price",
      "models: {m: {prices: {inputUsdPerMillionTokens: -1}}}",
      "1:49",
      "models.m.prices.inputUsdPerMillionTokens",
      /from 0 to 100000/,
    ],
    [
      "price of text",
      "models: {m: {prices: {inputUsdPerMillionTokens: cheap}}}",
      "1:49",
      "models.m.prices.inputUsdPerMillionTokens",
      /must be a price in USD/,
    ],
    ["model named auto", "models: {auto: {}}", "1:10", "models.auto", /and not "auto"/],
    ["model that is a number", "models: {m: 7}", "1:13", "models.m", /^must be a mapping, or null or false to remove/],
    [
      "country in small letters",
      "regions:\n  id: {model: gpt-4.1}",
      "2:3",
      "regions.id",
      /in capitals, such as ID, or DEFAULT/,
    ],
    ["temperature", "regions: {ID: {temperature: 9}}", "1:29", "regions.ID.temperature", /from 0 to 2/],
    ["no tokens", "regions: {ID: {maxTokens: 0}}", "1:27", "regions.ID.maxTokens", /from 1 to 1000000/],
    [
      "canary over 100",
      "routing: {canary: {percentage: 101}}",
      "1:32",
      "routing.canary.percentage",
      /from 0 to 100 with at most two decimals/,
    ],
    [
      "canary with three decimals",
      "routing: {canary: {percentage: 1.005}}",
      "1:32",
      "routing.canary.percentage",
      /two decimals/,
    ],
    [
      "word in capitals",
      "routing: {keywords: {lowWords: [Tag]}}",
      "1:33",
      "routing.keywords.lowWords[0]",
      /single word in lower case/,
    ],
    ["two words", "routing: {keywords: {lowWords: [a tag]}}", "1:33", "routing.keywords.lowWords[0]", /single word/],
    ["alias named auto", "routing: {aliases: {auto: gpt-4.1}}", "1:21", "routing.aliases.auto", /and not "auto"/],
    ["alias with a comma", "routing: {aliases: {'a,b': auto}}", "1:21", 'routing.aliases["a,b"]', /without commas/],
    [
      "alias with a space",
      "routing: {aliases: {a b: auto}}",
      "1:21",
      'routing.aliases["a b"]',
      /without commas, spaces/,
    ],
    ["alias without a name", "routing: {aliases: {'': auto}}", "1:21", 'routing.aliases[""]', /of 1 to 128 bytes/],
    [
      "alias of more bytes than letters",
      `routing: {aliases: {${"é".repeat(65)}: auto}}`,
      "1:21",
      `routing.aliases["${"é".repeat(65)}"]`,
      /of 1 to 128 bytes/,
    ],
    [
      "alias of a number",
      "routing: {aliases: {a: 4}}",
      "1:24",
      "routing.aliases.a",
      /^must be "auto" or the id of a model, not a number/,
    ],
    [
      "aliases as a list",
      "routing: {aliases: [a]}",
      "1:11",
      "routing.aliases",
      /^must be a mapping of names, not a list$/,
    ],
    ["too many aliases", `routing: {aliases: {${aliases(257)}}}`, "1:11", "routing.aliases", /at most 256 names/],
    [
      "keep-alive of an hour",
      "server: {openai: {keepAliveMs: 3600000}}",
      "1:32",
      "server.openai.keepAliveMs",
      /from 0 to 60000$/,
    ],
    ["no attempts", "dispatch: {retry: {maxAttempts: 0}}", "1:33", "dispatch.retry.maxAttempts", /from 1 to 50/],
    [
      "no credentials",
      endpoint(""),
      "2:5",
      "endpoints[0].credentials",
      /^is missing; it must be a list of credentials/,
    ],
    ["empty credentials", endpoint("    credentials: []"), "4:5", "endpoints[0].credentials", /at least one/],
    [
      "credential of text",
      endpoint("    credentials: [a]"),
      "4:19",
      "endpoints[0].credentials[0]",
      /^must be a mapping, not text$/,
    ],
    [
      "endpoint that serves nothing",
      endpoint("    models: []\n    credentials: [{name: a, key: '${env:A}'}]"),
      "4:5",
      "endpoints[0].models",
      /at least one model/,
    ],
    [
      "name with a slash",
      "endpoints: [{name: a/b, baseUrl: 'http://a', credentials: [{name: a, key: '${env:A}'}]}]",
      "1:20",
      "endpoints[0].name",
      /must be a name of at most 63/,
    ],
    [
      "cohort",
      endpoint("    credentials: [{name: a, key: '${env:A}', cohort: blue}]"),
      "4:54",
      "endpoints[0].credentials[0].cohort",
      /^must be one of baseline, canary$/,
    ],
  ])("%s", (_, text, place, path, message) => {
    const problem = problemsOf(parseConfig(text, "test.yaml")).find((candidate) => candidate.path === path);
    expect(problem?.message).toMatch(message);
    expect(`${problem?.line}:${problem?.column}`).toBe(place);
  });

  test("has all of its problems listed at once, in the order of the file, each once", () => {
    const problems = problemsOf(
      parseConfig(
        "server:\n  prot: 1\n  port: -1.5\nadmin: 7\nlogging:\n  level: loud\n  level: quiet\nserver2: 1\nserver3: 1\n",
      ),
    );
    expect(problems.map(({ path }) => path)).toEqual([
      "server.prot",
      "server.port",
      "admin",
      "logging.level",
      "logging.level",
      "server2",
      "server3",
    ]);
  });

  test("is printed one problem a line", () => {
    const problems = problemsOf(parseConfig("server:\n  port: 70000\nadmin: 7"));
    expect(formatProblems(problems, "meridian.yaml")).toBe(
      "meridian.yaml:2:9 server.port: must be a whole number from 0 to 65535\n" +
        "meridian.yaml:3:8 admin: must be a mapping, not a number; put quotes around it if it is right",
    );
  });

  test("cannot write to the terminal by its keys", () => {
    const [problem] = problemsOf(parseConfig('"\\e[31m\\n": 1'));
    expect(formatProblems(problem === undefined ? [] : [problem], "f")).toMatch(/^[\x20-\x7e]+$/);
  });
});
