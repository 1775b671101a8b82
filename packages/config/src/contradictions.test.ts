// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how a reference is written.
import { describe, expect, test } from "vitest";
import { compile, fails } from "./test/compile.js";

const endpoint = (name: string, rest = "") =>
  `{name: ${name}, baseUrl: "https://${name}.example/v1/", credentials: [{name: new, key: "\${env:KEY}"}]${rest}}`;

describe("what contradicts itself", () => {
  test.each<[name: string, text: string, place: string, path: string, message: RegExp]>([
    [
      "unknown fallback",
      "models:\n  gpt-4.1:\n    fallbacks: [gpt4.1]",
      "3:17",
      'models["gpt-4.1"].fallbacks[0]',
      /^no model named "gpt4.1"; did you mean "gpt-4.1"\? Known models: gpt-4.1, claude/,
    ],
    [
      "own fallback",
      "models: {gpt-4.1: {fallbacks: [gpt-4.1]}}",
      "1:32",
      'models["gpt-4.1"].fallbacks[0]',
      /own fallback/,
    ],
    [
      "fallback twice",
      "models: {gpt-4.1: {fallbacks: [deepseek-v3.2, deepseek-v3.2]}}",
      "1:47",
      'models["gpt-4.1"].fallbacks[1]',
      /twice/,
    ],
    [
      "new model without a price",
      "models: {m: {contextWindowTokens: 9}}",
      "1:10",
      "models.m.prices.outputUsdPerMillionTokens",
      /^is missing/,
    ],
    [
      "first prices with a date",
      "models: {gpt-4.1: {prices: [{validFrom: 2027-01-01}]}}",
      "1:41",
      'models["gpt-4.1"].prices[0].validFrom',
      /^must not stand here/,
    ],
    [
      "later prices without a date",
      "models: {gpt-4.1: {prices: [{}, {inputUsdPerMillionTokens: 1}]}}",
      "1:33",
      'models["gpt-4.1"].prices[1]',
      /^needs validFrom/,
    ],
    [
      "prices of the same moment",
      "models: {gpt-4.1: {prices: [{}, {validFrom: 2027-01-01}, {validFrom: 2027-01-01T00:00:00Z}]}}",
      "1:70",
      'models["gpt-4.1"].prices[2].validFrom',
      /^must be later/,
    ],
    [
      "later prices of a new model without a price",
      "models: {m: {contextWindowTokens: 9, prices: [{outputUsdPerMillionTokens: 1}, {validFrom: 2027-01-01}]}}",
      "1:79",
      "models.m.prices[1].outputUsdPerMillionTokens",
      /^is missing/,
    ],
    [
      "new model without a window",
      "models: {m: {prices: {outputUsdPerMillionTokens: 1}}}",
      "1:10",
      "models.m.contextWindowTokens",
      /^is missing/,
    ],
    [
      "removing what is not there",
      "models: {gpt-5: null}",
      "1:17",
      'models["gpt-5"]',
      /^no built-in model named "gpt-5"/,
    ],
    ["removing DEFAULT", "regions: {DEFAULT: null}", "1:20", "regions.DEFAULT", /cannot be removed/],
    ["removing a country that is not there", "regions: {TH: false}", "1:15", "regions.TH", /no built-in region/],
    [
      "removing the model of DEFAULT",
      "models: {gemini-2.5-flash: null}",
      "-",
      "regions.DEFAULT.model",
      /no model named "gemini-2.5-flash"/,
    ],
    ["removing the model of a tier", "models: {gpt-4.1: null}", "-", "routing.tiers.high", /no model named "gpt-4.1"/],
    [
      "removing the model of a country in the file",
      "models: {deepseek-v3.2: null}\nregions: {ID: {maxTokens: 9}}",
      "2:11",
      "regions.ID.model",
      /no model named/,
    ],
    [
      "unknown model of a country",
      "regions: {ID: {model: deepseek}}",
      "1:23",
      "regions.ID.model",
      /no model named "deepseek"/,
    ],
    ["new country without a model", "regions: {TH: {maxTokens: 9}}", "1:11", "regions.TH.model", /^is missing/],
    [
      "more tokens than the window",
      "regions: {ID: {maxTokens: 128001}}",
      "1:27",
      "regions.ID.maxTokens",
      /context window, 128000 tokens of deepseek-v3.2/,
    ],
    [
      "a canary for an unknown model",
      "routing: {canary: {models: {gpt: gpt-4.1}}}",
      "1:34",
      "routing.canary.models.gpt",
      /no model named "gpt"/,
    ],
    [
      "a canary of an unknown model",
      "routing: {canary: {models: {gpt-4.1: gpt}}}",
      "1:38",
      'routing.canary.models["gpt-4.1"]',
      /no model named "gpt"/,
    ],
    [
      "a canary that replaces a model by itself",
      "routing: {canary: {models: {gpt-4.1: gpt-4.1}}}",
      "1:38",
      'routing.canary.models["gpt-4.1"]',
      /replaced by itself/,
    ],
    ["unknown model of a tier", "routing: {tiers: {low: gpt}}", "1:24", "routing.tiers.low", /no model named "gpt"/],
    [
      "unknown model of an alias",
      "routing: {aliases: {fast: gemini-flash-2.5, smart: gpt4.1}}",
      "1:52",
      "routing.aliases.smart",
      /^no model named "gpt4.1"; did you mean "gpt-4.1"\? Known models: auto, gpt-4.1/,
    ],
    ["alias of an alias", "routing: {aliases: {a: b, b: auto}}", "1:24", "routing.aliases.a", /^no model named "b"/],
    [
      "removed model of an alias",
      "models: {claude-sonnet-4.5: null}\nrouting: {aliases: {smart: claude-sonnet-4.5}}",
      "2:28",
      "routing.aliases.smart",
      /^no model named "claude-sonnet-4.5"/,
    ],
    [
      "alias that is a model",
      "routing: {aliases: {gpt-4.1: deepseek-v3.2}}",
      "1:30",
      'routing.aliases["gpt-4.1"]',
      /^is the id of a model/,
    ],
    [
      "unknown model of an endpoint",
      `endpoints: [${endpoint("a", ", models: [gpt]")}]`,
      "1:113",
      "endpoints[0].models[0]",
      /no model named "gpt"/,
    ],
    [
      "endpoint twice",
      `endpoints: [${endpoint("a")}, ${endpoint("a")}]`,
      "1:112",
      "endpoints[1].name",
      /another endpoint before it is named "a"/,
    ],
    [
      "credential twice",
      'endpoints: [{name: a, baseUrl: "http://a", credentials: [{name: k, key: "${env:KEY}"}, {name: k, key: "${env:KEY}"}]}]',
      "1:95",
      "endpoints[0].credentials[1].name",
      /another credential/,
    ],
    [
      "default deadline over the maximum",
      "deadline: {defaultMs: 2000, maximumMs: 1000}",
      "1:23",
      "deadline.defaultMs",
      /^2000 is more than deadline.maximumMs, 1000; lower it or raise deadline.maximumMs$/,
    ],
    [
      "maximum under the built-in default deadline",
      "deadline: {maximumMs: 1000}",
      "1:1",
      "deadline.defaultMs",
      /^120000 is more than deadline.maximumMs, 1000/,
    ],
    [
      "first token after the end",
      "dispatch: {limits: {streamMs: 5000}}",
      "1:12",
      "dispatch.limits.firstTokenMs",
      /more than dispatch.limits.streamMs/,
    ],
    ["backoff", "dispatch: {retry: {backoff: {baseMs: 40000}}}", "1:38", "dispatch.retry.backoff.baseMs", /more than/],
    ["probe", "probe: {timeoutMs: 3000, intervalMs: 1000}", "1:20", "probe.timeoutMs", /more than/],
    ["event over the answer", "relay: {maxAnswerBytes: 2048}", "1:1", "relay.maxEventBytes", /more than/],
    ["tokens", "routing: {keywords: {lowBelowTokens: 600}}", "1:38", "routing.keywords.lowBelowTokens", /more than/],
    [
      "word in both lists",
      "routing: {keywords: {lowWords: [tag, explain]}}",
      "1:38",
      "routing.keywords.lowWords[1]",
      /in highWords too/,
    ],
    [
      "budget of less than the low tier costs",
      "routing: {learned: {budget: {cost: 0.05}}}",
      "1:36",
      "routing.learned.budget.cost",
      /^is too little: deepseek-v3.2 alone costs 0.05 of gpt-4.1; raise it$/,
    ],
    [
      "share of the cost of a free model",
      "models: {free: {prices: {outputUsdPerMillionTokens: 0}, contextWindowTokens: 9}}\nrouting: {tiers: {high: free}, learned: {budget: {cost: 0.5}}}",
      "2:57",
      "routing.learned.budget.cost",
      /^has nothing to be a share of: free,/,
    ],
    ["one port for both", "server: {port: 9090}", "-", "admin.port", /^9090 is the public port too/],
    [
      "one port, one address of which is all",
      "server: {host: 0.0.0.0, insecure: true}\nadmin: {port: 8080}",
      "2:15",
      "admin.port",
      /public port/,
    ],
  ])("%s", (_, text, place, path, message) => {
    const problem = fails(text, { environment: { KEY: "sk-test" } }).find((candidate) => candidate.path === path);
    expect(problem?.message).toMatch(message);
    expect(problem?.line === undefined ? "-" : `${problem.line}:${problem.column}`).toBe(place);
  });

  test("may share a port on different addresses, and any free port", () => {
    expect(compile("server: {host: 127.0.0.2, port: 9090}")).toHaveProperty("runtime");
    expect(compile("server: {port: 0}\nadmin: {port: 0}")).toHaveProperty("runtime");
  });

  test("is listed all at once", () => {
    const paths = fails("deadline: {maximumMs: 1000}\nrouting: {tiers: {low: x, high: y}}").map(({ path }) => path);
    expect(paths).toEqual(["deadline.defaultMs", "routing.tiers.low", "routing.tiers.high"]);
  });
});
