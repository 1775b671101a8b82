import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { parseFault } from "@meridian/relay-simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { askFor, type Face } from "./testing/cached-answers.js";
import { callJson } from "./testing/call-json.js";
import { chatCalls } from "./testing/chat-calls.js";
import { shortLimits } from "./testing/short-limits.js";
import { startTestProxy, type TestProxy } from "./testing/start-test-proxy.js";
import { keyOf, metricOf, writeKeyFile } from "./testing/tenant-calls.js";
import type { Form } from "./testing/two-faces.js";

// What equal calls are given again, through both faces, whole and streamed.

const directory = mkdtempSync(join(tmpdir(), "meridian-cache-"));
const keyFile = join(directory, "keys.json");
const endpoint = (name: string, url: string) =>
  `{ name: ${name}, baseUrl: "${url}", credentials: [{ name: main, key: "\${env:TEST_RELAY_KEY}" }] }`;
let nowMs = Date.UTC(2026, 0, 1);
let target: TestProxy;
beforeAll(async () => {
  writeKeyFile(keyFile, ["one", "other", "three"]);
  target = await startTestProxy({
    yaml: (url) => `${shortLimits.replace("baseMs: 10, maxMs: 2000", "baseMs: 1, maxMs: 5")}
endpoints: [${endpoint("first", url)}, ${endpoint("second", url)}]
cache: { ttlMs: 60000, maxAnswerBytes: 20000 }
logging: { content: { enabled: true } }
auth: { apiKeys: { file: ${keyFile} } }
tenants: { one: {}, other: {}, three: { limits: { requestsPerMinute: 3, usdPerDay: 10 } } }
`,
    timeOfDayMs: () => nowMs,
    readFile: (path) => readFileSync(path, "utf8"),
  });
});
beforeEach(() => target.relay.reset());
afterAll(async () => {
  await target.stop();
  rmSync(directory, { recursive: true });
});

let prompts = 0;
const newPrompt = (rest: JsonObject = {}): JsonObject => {
  prompts += 1;
  const messages = [{ role: "user", content: `Which tag is number ${prompts}?` }];
  return { model: "gpt-4.1", messages, temperature: 0, max_tokens: 20, ...rest };
};
const ask = (face: Face, form: Form, body: JsonObject, tenant = "one") =>
  askFor(target.proxy.url, face, form, body, keyOf(tenant));
const relayCalls = () => chatCalls(target.relay).length;

const clock = { type: "function", function: { name: "clock", parameters: { type: "object" } } };
const contents: Readonly<Record<string, JsonObject>> = {
  text: {},
  "tool calls": { tools: [clock], tool_choice: "required" },
  reasoning: { reasoning_effort: "low", max_tokens: 60 },
  "three choices with log probabilities": { n: 3, max_tokens: 5, logprobs: true, top_logprobs: 2 },
};
const forms = ["whole", "streamed"] as const;
const ways = (["contract", "openai"] as const).flatMap((face) =>
  forms.flatMap((first) => forms.map((second) => ({ face, first, second }))),
);

describe.each(Object.entries(contents))("%s", (_name, content) => {
  test.each(ways)("$face: $first, given again $second", async ({ face, first, second }) => {
    const body = newPrompt(content);
    const original = await ask(face, first, body);
    const again = await ask(face, second, body);
    expect(original.route).toMatchObject({ cache: "miss", savedCostNanoUsd: 0n });
    expect(original.route.totalCostNanoUsd).toBeGreaterThan(0n);
    expect(again.answer).toEqual(original.answer);
    expect(again.route).toMatchObject({
      cache: "hit",
      attempts: [],
      totalCostNanoUsd: 0n,
      savedCostNanoUsd: original.route.totalCostNanoUsd,
    });
    expect(relayCalls()).toBe(1);
    const [one, other] = target.log.filter(({ msg }) => msg === "call content").slice(-2);
    expect(one?.["answers"]).toHaveLength(typeof body["n"] === "number" ? body["n"] : 1);
    expect(other?.["answers"]).toEqual(one?.["answers"]);
  });
});

test("what comes from the cache again in the OpenAI form is the relay's own JSON", async () => {
  const body = JSON.stringify({ ...newPrompt(), meridian: {} });
  const post = async () => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${keyOf("one")}` };
    const response = await fetch(`${target.proxy.url}/v1/chat/completions`, { method: "POST", headers, body });
    return { text: await response.text(), headers: response.headers };
  };
  const [original, again] = [await post(), await post()];
  expect(again.text).toBe(original.text);
  const ours = ["x-meridian-cache", "x-meridian-attempts", "x-meridian-cost-nano-usd", "x-model-routed"];
  expect(ours.map((name) => again.headers.get(name))).toEqual(["hit", "0", "0", "gpt-4.1"]);
});

const others: Readonly<Record<string, readonly [first: JsonObject, second: JsonObject]>> = {
  "another temperature": [{}, { temperature: 0.5, seed: 1 }],
  "another seed": [{ seed: 1 }, { seed: 2 }],
  "another model": [{}, { model: "deepseek-v3.2" }],
  "another limit of tokens": [{}, { max_tokens: 21 }],
  "no temperature, no seed": [{ temperature: 0.5 }, { temperature: 0.5 }],
  "not wanted": [{ routing: { cache: "bypass" } }, { routing: { cache: "bypass" } }],
  "stored by the relay": [{ store: true }, { store: true }],
};
test.each(Object.entries(others))("is not given again: %s", async (_name, [first, second]) => {
  const body = newPrompt();
  await ask("contract", "whole", { ...body, ...first });
  expect((await ask("contract", "whole", { ...body, ...second })).route.cache).not.toBe("hit");
  expect(relayCalls()).toBe(2);
});

const same: Readonly<Record<string, readonly [first: JsonObject, second: JsonObject]>> = {
  "another user": [{ user: "a" }, { user: "b", metadata: { a: "b" }, safety_identifier: "c" }],
  "a seed": [
    { temperature: 1, seed: 7 },
    { temperature: 1, seed: 7 },
  ],
  "wanted at any temperature": [
    { temperature: 1, routing: { cache: "use" } },
    { temperature: 1, routing: { cache: "use" } },
  ],
};
test.each(Object.entries(same))("is given again: %s", async (_name, [first, second]) => {
  const body = newPrompt();
  await ask("openai", "whole", { ...body, ...first });
  expect((await ask("openai", "streamed", { ...body, ...second })).route.cache).toBe("hit");
});

test("two tenants never share an answer", async () => {
  const body = newPrompt();
  for (const face of ["contract", "openai"] as const) {
    const own = await ask(face, "whole", body, "one");
    const others = await ask(face, "whole", body, "other");
    expect([own.route.cache, others.route.cache]).toEqual(["miss", "miss"]);
    expect(others.answer["id"]).not.toBe(own.answer["id"]);
  }
  expect(relayCalls()).toBe(4);
});

test("an answer that is too old, or too large, is not given again", async () => {
  const body = newPrompt();
  await ask("contract", "whole", body);
  nowMs += 59_999;
  expect((await ask("contract", "streamed", body)).route.cache).toBe("hit");
  nowMs += 2;
  expect((await ask("contract", "streamed", body)).route.cache).toBe("miss");
  for (const form of forms) {
    for (const face of ["contract", "openai"] as const) {
      const long = newPrompt({ logprobs: true, top_logprobs: 20, max_tokens: 60 });
      await ask(face, form, long);
      expect((await ask(face, "whole", long)).route.cache).toBe("miss");
    }
  }
});

// Those after which there is an answer leave one that is kept: the relay's second, or its only one.
const faults: Readonly<Record<string, readonly Form[]>> = {
  "status-503": forms,
  "content-policy-violation": forms,
  reset: forms,
  cut: forms,
  stall: forms,
  "malformed-json": forms,
  "no-finish-reason": forms,
  "error-body": forms,
  "error-event;after=3": ["streamed"],
  "wrong-content-type": forms,
};
const faultRows = Object.entries(faults).flatMap(([fault, inForms]) => inForms.map((form) => ({ fault, form })));

test.each(faultRows)("$fault, $form: nothing of it is ever given again", async ({ fault, form }) => {
  for (const face of ["contract", "openai"] as const) {
    const body = newPrompt();
    target.relay.setFaults([{ fault: parseFault(fault) }]);
    await expect(ask(face, form, body)).rejects.toThrow();
    target.relay.setFaults([]);
    const calls = relayCalls();
    const after = await ask(face, form, body);
    expect(after.route.cache).toBe("miss");
    expect(relayCalls()).toBe(calls + 1);
    expect((await ask(face, form, body)).answer).toEqual(after.answer);
  }
});

test("of a stream that begins again only the whole answer is given again", async () => {
  const body = newPrompt({ max_tokens: 40, routing: { commit: "restart" } });
  target.relay.setFaults([{ fault: parseFault("cut;after=3"), times: 1 }]);
  const original = await ask("contract", "streamed", body);
  expect(original.route.attempts.length).toBe(2);
  const again = await ask("contract", "whole", body);
  expect(again.route.cache).toBe("hit");
  expect(again.answer).toEqual(original.answer);
});

test("the answer of a fallback does not stand for the model that was asked", async () => {
  const body = newPrompt({ fallbacks: ["deepseek-v3.2"] });
  target.relay.setFaults([{ fault: parseFault("status-503"), model: "gpt-4.1" }]);
  const fallback = await ask("openai", "whole", body);
  expect(fallback.answer["model"]).toBe("deepseek-v3.2");
  target.relay.setFaults([]);
  const { answer, route } = await ask("openai", "whole", body);
  expect([answer["model"], route.cache]).toEqual(["gpt-4.1", "miss"]);
});

test("a caller that leaves in the middle leaves nothing", async () => {
  const body = newPrompt({ max_tokens: 200, stream: true });
  target.relay.setFaults([{ fault: parseFault("stall;after=5") }]);
  const caller = new AbortController();
  const response = await fetch(`${target.proxy.url}/v1/chat/completions`, {
    method: "POST",
    signal: caller.signal,
    headers: { "content-type": "application/json", authorization: `Bearer ${keyOf("one")}` },
    body: JSON.stringify(body),
  });
  await response.body?.getReader().read();
  caller.abort();
  // Whoever comes before the proxy hears of it shares what is left of the call.
  await target.relay.waitUntilIdle(5_000);
  target.relay.setFaults([]);
  const { stream: _, ...whole } = body;
  expect((await ask("openai", "whole", whole)).route.cache).toBe("miss");
});

test("a hit counts as a request of its tenant, and costs nothing", async () => {
  const body = newPrompt();
  const calls = [];
  for (let call = 0; call < 4; call += 1)
    calls.push(await callJson(target.proxy.url, "Chat", body, { authorization: `Bearer ${keyOf("three")}` }));
  expect(calls.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  expect(relayCalls()).toBe(1);
});

test("metrics and the log say what the cache did", async () => {
  const { adminUrl } = target.proxy;
  const figure = (labels: string) => metricOf([adminUrl], `meridian_cache_${labels}`);
  const before = [await figure("calls_total"), await figure("saved_nano_usd_total")];
  const body = newPrompt();
  const { route } = await ask("contract", "whole", body);
  await ask("contract", "whole", body);
  expect(await figure("calls_total")).toBe((before[0] ?? 0) + 2);
  expect(await figure("saved_nano_usd_total")).toBe((before[1] ?? 0) + Number(route.totalCostNanoUsd));
  expect(await figure("bytes")).toBeGreaterThan(0);
  expect(target.log.filter(({ msg }) => msg === "call").slice(-2)).toMatchObject([
    { cache: "miss" },
    { cache: "hit", costNanoUsd: "0", savedCostNanoUsd: String(route.totalCostNanoUsd), attempts: [] },
  ]);
});
