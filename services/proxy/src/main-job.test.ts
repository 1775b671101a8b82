import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fromJson } from "@bufbuild/protobuf";
import { ChatResponseSchema, ExplainRouteResponseSchema, ListModelsResponseSchema } from "@meridian/inference-proto";
import { describe, expect, test, vi } from "vitest";
import { callJson, getJson, rpcUrl } from "./testing/call-json.js";
import { chatCalls, lastChatCall } from "./testing/chat-calls.js";
import { requireProgram } from "./testing/require-program.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const target = useTestProxy();

describe("the first call of the README", () => {
  const question = '{"messages":[{"role":"user","content":"Find a similar category"}]}';

  test("by curl", async (context) => {
    const curl = requireProgram(context, "curl");
    const headers = ["-H", "content-type: application/json", "-H", "cf-ipcountry: ID"];
    const arguments_ = ["-s", "-i", rpcUrl(target().proxy.url, "Chat"), ...headers, "-d", question];
    const { stdout } = await promisify(execFile)(curl, arguments_);
    const [head = "", body = ""] = stdout.split("\r\n\r\n");
    const [statusLine, ...lines] = head.split("\r\n");
    expect(statusLine).toBe("HTTP/1.1 200 OK");
    const pairs = lines.map((line): [string, string] => [line.split(": ", 1)[0] ?? "", line.replace(/^[^:]*: /, "")]);
    expectAnswer(new Headers(pairs), JSON.parse(body));
  });

  test("by fetch", async () => {
    const answer = await callJson(target().proxy.url, "Chat", JSON.parse(question), { "cf-ipcountry": "ID" });
    expect(answer.status).toBe(200);
    expectAnswer(answer.headers, answer.body);
  });

  function expectAnswer(headers: Headers, body: unknown): void {
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("x-model-routed")).toBe("deepseek-v3.2");
    expect(headers.get("x-region-code")).toBe("ID");
    expect(headers.get("x-edge-latency-ms")).toMatch(/^\d+$/);
    const requestId = headers.get("x-request-id");
    expect(requestId).toMatch(/^[\da-f-]{36}$/);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      model: "deepseek-v3.2",
      choices: [{ message: { role: "assistant", content: expect.stringMatching(/./) }, finish_reason: "stop" }],
      usage: {
        prompt_tokens: expect.any(Number),
        completion_tokens: expect.any(Number),
        total_tokens: expect.any(Number),
        source: "reported",
      },
      route: {
        request_id: requestId,
        country: "ID",
        country_source: "cf-ipcountry",
        tier: "low",
        model: "deepseek-v3.2",
        cohort: "baseline",
        cache: "bypass",
        attempts: [{ model: "deepseek-v3.2", outcome: "ok", status: 200, transport: "unary" }],
        cost_source: "reported",
        config_version: target().config.version,
      },
    });
    const { usage, route } = fromJson(ChatResponseSchema, JSON.parse(JSON.stringify(body)));
    expect(usage?.totalTokens).toBe((usage?.promptTokens ?? 0) + (usage?.completionTokens ?? 0));
    // 0.42 USD for 1,000,000 tokens of the answer.
    expect(route?.totalCostNanoUsd).toBe(BigInt(usage?.completionTokens ?? 0) * 420n);
    expect(route?.totalCostNanoUsd).toBeGreaterThan(0n);
  }
});

/** What the region table gives callers of each country; no header and a country without a rule get the default. */
const regions = [
  { country: "ID", model: "deepseek-v3.2", max_tokens: 256, temperature: 0.3 },
  { country: "VN", model: "deepseek-v3.2", max_tokens: 256, temperature: 0.3 },
  { country: "KR", model: "gemini-2.5-flash", max_tokens: 512, temperature: 0.5 },
  { country: "SG", model: "gpt-4.1", max_tokens: 1024, temperature: 0.7 },
  { country: "BR", model: "gemini-2.5-flash", max_tokens: 512, temperature: 0.5 },
  { country: undefined, model: "gemini-2.5-flash", max_tokens: 512, temperature: 0.5 },
] as const;

/** Prompts with the model that they go to; undefined: the region's. */
const prompts = [
  { name: "neutral", prompt: "Write a haiku about the sea", model: undefined },
  {
    name: "neutral, with low and high words inside other words",
    prompt: "A rematch of stage explainers",
    model: undefined,
  },
  { name: "low", prompt: "Which tag is this?", model: "deepseek-v3.2" },
  { name: "high", prompt: "explain the tides", model: "gpt-4.1" },
  { name: "high and low", prompt: "Compare it with a similar one", model: "gpt-4.1" },
  { name: "low, but long", prompt: `A similar ${"word ".repeat(200)}`, model: undefined },
  { name: "longer than 512 tokens", prompt: "word ".repeat(600), model: "gpt-4.1" },
  { name: "pinned", prompt: "Find a similar category", pinned: "claude-sonnet-4.5", model: "claude-sonnet-4.5" },
] as const;

const rows = regions.flatMap(({ country, model: regional, ...parameters }) =>
  prompts.map(({ name, prompt, model = regional, ...rest }) => ({
    name: `${name}, from ${country ?? "nowhere"}: ${model}`,
    headers: country === undefined ? {} : { "cf-ipcountry": country },
    country: country ?? "DEFAULT",
    request: { messages: [{ role: "user", content: prompt }], ...("pinned" in rest ? { model: rest.pinned } : {}) },
    model,
    parameters,
  })),
);

describe("country and prompt choose the model, the country the parameters", () => {
  test.each(rows)("$name", async ({ headers, country, request, model, parameters }) => {
    const { url } = target().proxy;
    const callsBefore = chatCalls(target().relay).length;
    const explained = await callJson(url, "ExplainRoute", { chat: request }, headers);
    const got = await getJson(url, "ExplainRoute", { chat: request }, headers);
    expect(chatCalls(target().relay)).toHaveLength(callsBefore);

    const answer = await callJson(url, "Chat", request, headers);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-model-routed")).toBe(model);
    expect(answer.headers.get("x-region-code")).toBe(country);
    expect(answer.body).toMatchObject({ model, route: { model, country } });
    expect(chatCalls(target().relay)).toHaveLength(callsBefore + 1);
    expect(lastChatCall(target().relay).body).toEqual({ messages: request.messages, model, ...parameters });

    expect([explained.status, got.status]).toEqual([200, 200]);
    const { route } = fromJson(ChatResponseSchema, answer.body);
    const plan = fromJson(ExplainRouteResponseSchema, explained.body);
    // The plan says how fast the endpoint answered last, and that is measured all the time.
    const { candidates, ...rest } = fromJson(ExplainRouteResponseSchema, got.body);
    expect({ ...plan, candidates: candidates.length }).toEqual({ ...rest, candidates: plan.candidates.length });
    for (const { headers: planHeaders } of [explained, got]) {
      expect(planHeaders.get("x-model-routed")).toBe(model);
      expect(planHeaders.get("x-region-code")).toBe(country);
    }
    expect(plan.candidates[0]).toMatchObject({ model, endpoint: route?.endpoint, breaker: "closed" });
    expect(plan.candidates[0]?.estimatedCostNanoUsd).toBeGreaterThan(0n);
    expect(plan).toMatchObject({ maxTokens: parameters.max_tokens, temperature: parameters.temperature });
    const { country: routeCountry, countrySource, tier, reasons, cohort, configVersion } = plan;
    expect({ routeCountry, countrySource, tier, reasons, cohort, configVersion }).toEqual({
      routeCountry: route?.country,
      countrySource: route?.countrySource,
      tier: route?.tier,
      reasons: route?.reasons,
      cohort: route?.cohort,
      configVersion: route?.configVersion,
    });
  });

  test.each([
    { name: "temperature 0", own: { temperature: 0 }, relayed: { temperature: 0, max_tokens: 256 } },
    { name: "max_tokens", own: { max_tokens: 7 }, relayed: { temperature: 0.3, max_tokens: 7 } },
    {
      name: "max_completion_tokens",
      own: { max_completion_tokens: 9, temperature: 1.5 },
      relayed: { max_completion_tokens: 9, temperature: 1.5 },
    },
  ])("the caller's own $name wins", async ({ own, relayed }) => {
    const messages = [{ role: "user", content: "Write a haiku about the sea" }];
    const answer = await callJson(target().proxy.url, "Chat", { messages, ...own }, { "cf-ipcountry": "ID" });
    expect(answer.status).toBe(200);
    expect(lastChatCall(target().relay).body).toEqual({ messages, model: "deepseek-v3.2", ...relayed });
  });
});

test.each([
  ["POST", callJson],
  ["GET", getJson],
])("ListModels by %s tells the catalogue", async (_, call) => {
  const callsBefore = chatCalls(target().relay).length;
  const { status, body } = await call(target().proxy.url, "ListModels", {});
  expect(status).toBe(200);
  expect(chatCalls(target().relay)).toHaveLength(callsBefore);
  const { models } = fromJson(ListModelsResponseSchema, body);
  expect(models.map(({ id, tiers, prices }) => [id, tiers, prices?.outputNanoUsdPerMillionTokens])).toEqual([
    ["claude-sonnet-4.5", [], 15_000_000_000n],
    ["deepseek-v3.2", ["low", "medium"], 420_000_000n],
    ["gemini-2.5-flash", ["medium"], 2_500_000_000n],
    ["gpt-4.1", ["medium", "high"], 8_000_000_000n],
  ]);
  expect(models.find(({ id }) => id === "deepseek-v3.2")).toMatchObject({
    contextWindowTokens: 128_000,
    requestsPerMinute: 1_200,
    fallbacks: ["gemini-2.5-flash", "gpt-4.1"],
    endpoints: [{ endpoint: target().config.routing.endpoints[0]?.name, breaker: "closed" }],
  });
});

test("ListModels tells what the probe of the endpoint found", async () => {
  await vi.waitFor(async () => {
    const { models } = fromJson(ListModelsResponseSchema, (await callJson(target().proxy.url, "ListModels", {})).body);
    for (const { endpoints } of models)
      expect(endpoints).toMatchObject([{ reachability: "reachable", latencyMs: expect.any(Number) }]);
  });
});

test("ListModels has the headers of every answer", async () => {
  const { headers } = await callJson(target().proxy.url, "ListModels", {}, { "cf-ipcountry": "KR" });
  expect(headers.get("x-region-code")).toBe("KR");
  expect(headers.get("x-edge-latency-ms")).toMatch(/^\d+$/);
  expect(headers.get("x-request-id")).not.toBeNull();
});
