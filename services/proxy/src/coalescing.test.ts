import { type InferenceClient, user } from "@meridian/inference-client";
import { parseFault } from "@meridian/relay-simulator";
import { beforeEach, describe, expect, test } from "vitest";
import { ask, attemptsOf, type Outcome } from "./testing/ask.js";
import { askFor } from "./testing/cached-answers.js";
import { chatCalls } from "./testing/chat-calls.js";
import { clientOf } from "./testing/client-of.js";
import { metricOf } from "./testing/tenant-calls.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

// Equal calls at the same time.

const target = useTestProxy({
  // Time for all to come before the first is answered, on a busy machine too.
  relay: {
    models: [
      { id: "gpt-4.1", latencyMs: 4_000 },
      { id: "claude-sonnet-4.5", latencyMs: 1_000 },
      { id: "deepseek-v3.2", latencyMs: 50, tokensPerSecond: 40 },
    ],
  },
  yaml: "cache: {}\ndispatch: { retry: { backoff: { baseMs: 1, maxMs: 5 } } }\nprobe: { intervalMs: 3600000 }",
});
beforeEach(() => target().relay.reset());

let prompts = 0;
const newChat = (model: string, rest: { readonly maxTokens?: number } = {}) => {
  prompts += 1;
  return { model, messages: [user(`Which tag is number ${prompts}?`)], temperature: 0, maxTokens: 30, ...rest };
};
const quick = "claude-sonnet-4.5";
const relayCalls = () => chatCalls(target().relay);
const firstCalled = () => expect.poll(() => relayCalls().length, { interval: 5 }).toBe(1);

/** Asks so often at once, every other time for a stream, once the relay has been asked the first time. */
async function askOften(client: InferenceClient, count: number, chat: ReturnType<typeof newChat>) {
  const first = ask(client, "StreamChat", chat);
  await firstCalled();
  const others = Array.from({ length: count - 1 }, (_, index) => ask(client, index % 2 ? "StreamChat" : "Chat", chat));
  return Promise.all([first, ...others]);
}

const saidOf = ({ code, text, finishReason, completionTokens }: Outcome) => ({
  code,
  text,
  finishReason,
  completionTokens,
});

describe("500 equal calls at once, half of them streams", () => {
  test("are one call to the relay, and 500 equal answers of which one is paid for", async () => {
    const { adminUrl } = target().proxy;
    const costBefore = await metricOf([adminUrl], "meridian_cost_nano_usd_total");
    const outcomes = await askOften(clientOf(target()), 500, newChat("gpt-4.1"));
    expect(relayCalls().length).toBe(1);
    const [first] = outcomes.map(saidOf);
    expect(first).toMatchObject({ code: "ok", finishReason: "length", completionTokens: 30 });
    for (const outcome of outcomes) expect(saidOf(outcome)).toEqual(first);
    const costs = outcomes.map(({ route }) => route?.totalCostNanoUsd ?? 0n).filter((cost) => cost > 0n);
    expect(costs.length).toBe(1);
    // Those that were let in after the answer had come have it from the cache.
    expect(new Set(outcomes.slice(1).map(({ route }) => route?.cache)).has("miss")).toBe(false);
    for (const { route } of outcomes.slice(1))
      expect(route).toMatchObject({ savedCostNanoUsd: costs[0], attempts: [] });
    const cost = (await metricOf([adminUrl], "meridian_cost_nano_usd_total")) - costBefore;
    expect(BigInt(cost)).toBe(costs[0]);
  });

  test("of a relay that is cut in the middle none is answered, after no more attempts than one call makes", async () => {
    target().relay.setFaults([{ fault: parseFault("cut;after=5") }]);
    const client = clientOf(target());
    const alone = await ask(client, "StreamChat", newChat("gpt-4.1"));
    const attempts = relayCalls().length;
    expect([alone.code, attempts]).toEqual(["aborted", attemptsOf(alone.route).length]);
    target().relay.reset();
    target().relay.setFaults([{ fault: parseFault("cut;after=5") }]);
    const outcomes = await askOften(client, 500, newChat("gpt-4.1"));
    expect([...new Set(outcomes.map(({ code, reason }) => `${code} ${reason}`))]).toEqual(["aborted stream_truncated"]);
    expect(relayCalls().length).toBe(attempts);
    expect(outcomes.flatMap(({ route }) => attemptsOf(route))).toHaveLength(attempts);
  });

  test("of a relay that is down 100 fail together, too", async () => {
    target().relay.setFaults([{ fault: parseFault("status-503") }]);
    const client = clientOf(target());
    const chat = newChat("gpt-4.1", { maxTokens: 31 });
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) => ask(client, index % 2 ? "StreamChat" : "Chat", chat)),
    );
    expect([...new Set(outcomes.map(({ code }) => code))]).toEqual(["unavailable"]);
    // Those that came after the others had failed began anew.
    expect(relayCalls().length).toBeLessThan(50);
    expect(outcomes.flatMap(({ route }) => attemptsOf(route))).toHaveLength(relayCalls().length);
  });
});

test("in the OpenAI form, too: whole and streamed answers are equal", async () => {
  const body = { model: quick, messages: [{ role: "user", content: "Which tag?" }], seed: 3, max_tokens: 20, n: 2 };
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      askFor(target().proxy.url, "openai", index % 2 ? "streamed" : "whole", body),
    ),
  );
  for (const { answer } of answers) expect(answer).toEqual(answers[0]?.answer);
  expect(relayCalls().length).toBe(1);
});

test("a late caller gets what came so far and then the rest; whole, it gets the same", async () => {
  const client = clientOf(target());
  const chat = newChat("deepseek-v3.2");
  const early = client.streamChat(chat)[Symbol.asyncIterator]();
  for (let event = 0; event < 8; event += 1) await early.next();
  const [late, whole] = [ask(client, "StreamChat", chat), ask(client, "Chat", chat)];
  let cost = 0n;
  for (let next = await early.next(); next.done !== true; next = await early.next())
    if (next.value.event.case === "end") cost = next.value.event.value.route?.totalCostNanoUsd ?? 0n;
  expect(saidOf(await whole)).toEqual(saidOf(await late));
  expect((await late).completionTokens).toBe(30);
  expect((await late).route).toMatchObject({ cache: "shared", savedCostNanoUsd: cost });
  expect(relayCalls().length).toBe(1);
});

test("the first caller leaves: the other gets all of it, and pays", async () => {
  const client = clientOf(target());
  const chat = newChat("deepseek-v3.2");
  const caller = new AbortController();
  const first = ask(client, "StreamChat", chat, { signal: caller.signal });
  await firstCalled();
  const other = ask(client, "Chat", chat);
  await expect.poll(() => metricOf([target().proxy.adminUrl], "meridian_calls_in_flight")).toBe(2);
  caller.abort();
  expect((await first).code).toBe("canceled");
  const { code, completionTokens, route } = await other;
  expect([code, completionTokens, route?.cache, attemptsOf(route)]).toEqual([
    "ok",
    30,
    "miss",
    ["deepseek-v3.2 stream ok"],
  ]);
  expect(relayCalls().map(({ outcome }) => outcome)).toEqual(["answered"]);
});

test("all callers leave: the call to the relay is canceled", async () => {
  const client = clientOf(target());
  const chat = newChat(quick);
  const caller = new AbortController();
  const calls = Array.from({ length: 10 }, (_, index) =>
    ask(client, index % 2 ? "StreamChat" : "Chat", chat, { signal: caller.signal }),
  );
  await firstCalled();
  await expect.poll(() => metricOf([target().proxy.adminUrl], "meridian_calls_in_flight")).toBe(10);
  caller.abort();
  for (const { code } of await Promise.all(calls)) expect(code).toBe("canceled");
  await target().relay.waitUntilIdle(5_000);
  expect(relayCalls().map(({ outcome }) => outcome)).toEqual(["client_closed"]);
});

test("each caller's own deadline holds", async () => {
  const client = clientOf(target());
  const chat = newChat(quick);
  const patient = ask(client, "Chat", chat);
  await firstCalled();
  const hasty = await ask(client, "StreamChat", chat, { timeoutMs: 300 });
  expect([hasty.code, attemptsOf(hasty.route)]).toEqual(["deadline_exceeded", []]);
  expect((await patient).code).toBe("ok");
  expect(relayCalls().length).toBe(1);
});

test("calls that may be answered by other models, or in another way where a stream is cut, are not made together", async () => {
  const client = clientOf(target());
  const chat = newChat(quick);
  const others = [{}, { fallbacks: ["deepseek-v3.2"] }, { commit: "buffered" }, { cache: "bypass" }];
  const outcomes = await Promise.all(others.map((routing) => ask(client, "StreamChat", { ...chat, routing })));
  expect(outcomes.map(({ code }) => code)).toEqual(others.map(() => "ok"));
  expect(relayCalls().length).toBe(4);
});
