import { create } from "@bufbuild/protobuf";
import type { ChatRequestInit } from "@meridian/inference-client";
import { ChatRequestSchema } from "@meridian/inference-proto";
import { formatWeights, loadLearnedModel, shippedVersion } from "@meridian/routing";
import { describe, expect, onTestFinished, test } from "vitest";
import { explainOffline } from "./command/explain-offline.js";
import { explainTree } from "./command/explain-tree.js";
import { clientOf } from "./testing/client-of.js";
import { compileTestConfig, startTestProxy, type TestProxyOptions } from "./testing/start-test-proxy.js";

// Over sockets: how budgets hold is tested beside their code.

const yamlOf = (learned: string) => `routing: {policy: learned, learned: {${learned}}}`;
const thirdHigh = "budget: {share: {medium: 0, high: 0.3}}";
const prove = { messages: [{ role: "user", content: "Prove that the sum of two odd numbers is even." }] };

/** A proxy, whose next configuration a test may choose, and its client. */
async function start(yaml: string, options: TestProxyOptions = {}) {
  const next = { yaml };
  const target = await startTestProxy({ yaml, reloadYaml: () => next.yaml, ...options });
  onTestFinished(() => target.stop());
  const client = clientOf(target);
  const ask = async (request: ChatRequestInit = prove) => (await client.chat(request)).route;
  const explain = () => client.explainRoute(prove);
  const reload = async (yaml: string) => {
    const { configVersion } = await explain();
    next.yaml = yaml;
    target.proxy.reload();
    await expect.poll(async () => (await explain()).configVersion).not.toBe(configVersion);
  };
  return { target, next, ask, explain, reload };
}

type Ask = Awaited<ReturnType<typeof start>>["ask"];

/** The tiers of equal calls, one after the other. */
async function tiersOf(ask: Ask, count: number): Promise<readonly (string | undefined)[]> {
  const tiers: (string | undefined)[] = [];
  for (let index = 0; index < count; index++) tiers.push((await ask())?.tier);
  return tiers;
}

describe("the learned policy", () => {
  test("chooses the tier by a score and a budget, and says so in the report", async () => {
    const { ask } = await start(yamlOf(thirdHigh));
    const route = await ask();
    const { version, language, score = 0, quantile, mediumCutoff, highCutoff = 0 } = route?.learned ?? {};
    expect([route?.policy, version, language]).toEqual(["learned", shippedVersion, "en"]);
    expect(route?.tier).toBe(score >= highCutoff ? "high" : "low");
    expect(mediumCutoff).toBe(highCutoff);
    expect(quantile).toBeGreaterThan(0);
    expect(route?.reasons[0]).toMatch(/^(low|high) tier: the score 0\.\d{4} is above \d+ % of the recent ones;/);
  });

  test("explains what weighed most, and moves nothing by it", async () => {
    const { explain } = await start(yamlOf(thirdHigh));
    const explained = await explain();
    const { policy, learned, features = [] } = explained.signals ?? {};
    expect([policy, learned?.version, features.length]).toEqual(["learned", shippedVersion, 8]);
    for (const { effect } of features) expect(Math.abs(effect)).toBeLessThanOrEqual(Math.abs(features[0]?.effect ?? 0));
    for (let times = 0; times < 20; times++) expect((await explain()).signals).toEqual(explained.signals);
  });

  test("gives equal prompts the budget's share of each tier", async () => {
    const { ask } = await start(yamlOf(thirdHigh));
    expect((await tiersOf(ask, 60)).slice(40).filter((tier) => tier === "high")).toHaveLength(6);
  });

  test.each<[name: string, request: ChatRequestInit, policy: string]>([
    ["names a model", { ...prove, model: "gpt-4.1" }, "pinned"],
    ["asks for a tier", { ...prove, routing: { tier: "low" } }, "forced"],
  ])("has no say where the caller %s", async (_name, request, policy) => {
    const { ask } = await start(yamlOf(thirdHigh));
    const route = await ask(request);
    expect([route?.policy, route?.learned]).toEqual([policy, undefined]);
  });

  test("decides nothing unless it is chosen", async () => {
    const { ask } = await start(`routing: {learned: {${thirdHigh}}}`);
    const route = await ask();
    expect([route?.policy, route?.tier, route?.learned]).toEqual(["keywords", "medium", undefined]);
  });

  test("leaves no word of a prompt in the log and in the metrics", async () => {
    const { target, ask, explain } = await start(yamlOf(thirdHigh));
    await ask();
    await explain();
    const metrics = await (await fetch(`${target.proxy.adminUrl}/metrics`)).text();
    expect(JSON.stringify(target.log) + metrics).not.toMatch(/odd numbers|prove/i);
  });
});

test("a configuration alone explains the first call after a start", async () => {
  const config = compileTestConfig(yamlOf(thirdHigh), {
    RELAY_BASE_URL: "http://127.0.0.1:9/v1",
    RELAY_API_KEY: "none",
  });
  const explained = await explainOffline(create(ChatRequestSchema, prove), "DEFAULT", config, 0);
  const lines = explainTree(explained, (_look, text) => text);
  expect(lines.some((line) => /tier +(low|high)$/.test(line))).toBe(true);
  expect(lines.some((line) => /weighs most: .+ [+-]0\.\d{3}, /.test(line))).toBe(true);
});

describe("a reload", () => {
  test("begins the learned policy, and ends it", async () => {
    const { ask, reload } = await start("");
    await reload(yamlOf(thirdHigh));
    expect((await ask())?.policy).toBe("learned");
    await reload("");
    expect((await ask())?.policy).toBe("keywords");
  });

  test("keeps what was spent for the same budget, and begins anew with another one", async () => {
    const { ask, explain, reload } = await start(yamlOf(thirdHigh));
    const cutoff = async () => (await explain()).signals?.learned?.highCutoff;
    const unspent = await cutoff();
    await tiersOf(ask, 30);
    const spent = await cutoff();
    expect(spent).not.toBe(unspent);
    await reload(`${yamlOf(thirdHigh)}\ndeadline: {defaultMs: 4000}`);
    expect(await cutoff()).toBe(spent);
    await reload(yamlOf("budget: {share: {medium: 0, high: 0.31}}"));
    await reload(yamlOf(thirdHigh));
    expect(await cutoff()).toBe(unspent);
  });

  test("takes other weights from a file, and refuses a file that has none", async () => {
    const model = { ...(await loadLearnedModel()), version: "own-1" };
    const own = formatWeights({ name: "own", base: shippedVersion, model });
    const readFile = (path: string) => (path === "own.json" ? own : "{}");
    const { target, next, explain, reload } = await start(yamlOf(thirdHigh), { readFile });
    await reload(yamlOf(`${thirdHigh}, weights: own.json`));
    const isOwn = async () => (await explain()).signals?.learned?.version === "own-1";
    expect(await isOwn()).toBe(true);
    next.yaml = yamlOf(`${thirdHigh}, weights: bad.json`);
    target.proxy.reload();
    expect(target.log.some(({ msg }) => `${msg}`.startsWith("the configuration was refused"))).toBe(true);
    expect(await isOwn()).toBe(true);
  });
});
