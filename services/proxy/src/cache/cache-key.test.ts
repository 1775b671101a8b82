import { anonymous, type ChatCall, type JsonObject, type Tenant } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { examplePlan } from "../testing/example-route.js";
import { cacheKeyOf } from "./cache-key.js";
import { isWhole } from "./kept-answer.js";

interface Change {
  readonly body?: JsonObject;
  readonly call?: Partial<ChatCall>;
  readonly plan?: Partial<typeof examplePlan>;
  readonly tenant?: Tenant;
  readonly upstreamName?: string;
}

const messages = [{ role: "user", content: "hello" }];

function keyOf({ body = {}, call = {}, plan = {}, tenant = anonymous, upstreamName = "m" }: Change) {
  return cacheKeyOf({
    call: {
      requestId: "r",
      model: undefined,
      body: { messages, temperature: 0, ...body },
      texts: ["hello"],
      question: "hello",
      temperature: 0,
      maxTokens: undefined,
      choices: 1,
      user: "",
      routing: { tier: undefined, allowedModels: [], fallbacks: [], maxCostNanoUsd: undefined, commit: "first_token" },
      ...call,
    },
    plan: { ...examplePlan, temperature: 0, maxTokens: 256, ...plan },
    tenant,
    upstreamName,
  });
}

const plain = keyOf({});
const european: Tenant = { ...anonymous, rights: { ...anonymous.rights, regions: ["eu"] } };
const message = (content: string, name: string) => ({ messages: [{ role: "user", content, name }] });

describe("the key of an answer", () => {
  test.each<[name: string, change: Change]>([
    ["the default of the tokens, said", { body: { max_tokens: 256 } }],
    ["the id of the call", { call: { requestId: "other" } }],
    ["whose it is, within the tenant", { body: { user: "u", safety_identifier: "s", metadata: { a: "b" } } }],
    ["how it travels", { body: { stream_options: { include_obfuscation: false } } }],
    ["where the caller is", { plan: { location: { country: "KR", source: "none", clientAddress: "192.0.2.1" } } }],
  ])("is the same whatever %s", (_name, change) => expect(keyOf(change)).toBe(plain));

  test.each<[name: string, change: Change]>([
    ["tenant", { tenant: { ...anonymous, name: "other" } }],
    ["rights of the tenant", { tenant: european }],
    ["model", { plan: { model: "other" } }],
    ["name of the model at the relay", { upstreamName: "other" }],
    ["face", { call: { keepsSource: true } }],
    ["message", { body: message("hello", "a") }],
    ["temperature", { plan: { temperature: 0.1 }, body: { temperature: 0.1, seed: 1 } }],
    ["limit of tokens", { plan: { maxTokens: 255 } }],
    ["name of that limit", { body: { max_completion_tokens: 256 } }],
    ["field that nobody knows", { body: { top_k: 3 } }],
  ])("is another for another %s", (_name, change) => {
    expect(keyOf(change)).toBeDefined();
    expect(keyOf(change)).not.toBe(plain);
  });

  test("does not depend on the order of properties, but on that of lists", () => {
    const one = { role: "user", content: "a" };
    const other = { content: "a", role: "user" };
    const last = { role: "user", content: "b" };
    const of = (...list: readonly JsonObject[]) => keyOf({ body: { messages: list } });
    expect(of(one, last)).toBe(of(other, last));
    expect(of(one, last)).not.toBe(of(last, one));
  });

  test.each<[name: string, change: Change, isCached: boolean]>([
    ["temperature 0", {}, true],
    ["temperature 0 by the region's default", { body: { temperature: 0 } }, true],
    ["a seed", { plan: { temperature: 1 }, body: { seed: 0 } }, true],
    ["neither", { plan: { temperature: 0.01 } }, false],
    ["a seed of null", { plan: { temperature: 1 }, body: { seed: null } }, false],
    ["neither, but wanted", { plan: { temperature: 1 }, call: { cache: "use" } }, true],
    ["temperature 0, but not wanted", { call: { cache: "bypass" } }, false],
    ["what the relay is to store", { body: { store: true }, call: { cache: "use" } }, false],
  ])("%s", (_name, change, isCached) => expect(keyOf(change) !== undefined).toBe(isCached));
});

test.each<[ends: readonly string[], choices: number, whole: boolean]>([
  [["stop"], 1, true],
  [["length"], 1, true],
  [["tool_calls", "function_call"], 2, true],
  [["content_filter"], 1, false],
  [["stop", "content_filter"], 2, false],
  [["error"], 1, false],
  [["stop"], 2, false],
  [[], 1, false],
])("ends %j of %d choices: whole is %s", (reasons, choices, whole) => {
  const ends = reasons.map((finishReason, choice) => ({ choice, finishReason }));
  expect(isWhole(ends, choices)).toBe(whole);
});
