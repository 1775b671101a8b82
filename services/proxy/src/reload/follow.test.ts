import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInferenceClient, textOf, user } from "@meridian/inference-client";
import { parseFaultRules } from "@meridian/relay-simulator";
import { describe, expect, onTestFinished, test } from "vitest";
import { callJson } from "../testing/call-json.js";
import { startTestProxy, type TestProxyOptions } from "../testing/start-test-proxy.js";
import { apiKeyEntry } from "../testing/test-tokens.js";
import { useTestProxy } from "../testing/use-test-proxy.js";

const messages = [{ role: "user", content: "Tell me a story." }];

/** A proxy whose configuration the test rewrites. */
async function startWith(yaml: string, options: TestProxyOptions = {}) {
  let next = yaml;
  const target = await startTestProxy({ ...options, yaml, reloadYaml: () => next });
  onTestFinished(() => target.stop());
  const { proxy, log } = target;
  return {
    proxy,
    log,
    reload(to: string) {
      next = to;
      proxy.reload();
    },
    chat: (body: object = {}) => callJson(proxy.url, "Chat", { messages, ...body }),
    status: async () => (await fetch(`${proxy.adminUrl}/status`)).json(),
  };
}

test("a call that runs keeps what it began with, and the next has what is new", async () => {
  const relay = { models: [{ id: "gpt-4.1", tokensPerSecond: 50, answerTokens: 30 }, { id: "gemini-2.5-flash" }] };
  const { proxy, reload, chat, status } = await startWith("regions: { DEFAULT: { model: gpt-4.1 } }", { relay });
  const before = (await status()).configVersion;
  const client = createInferenceClient({ baseUrl: proxy.url });
  onTestFinished(() => client.close());
  const stream = textOf(client.streamChat({ messages: [user("Tell me a story.")], maxTokens: 30 }));
  const running = stream[Symbol.asyncIterator]();
  await running.next();
  reload("models: { gpt-4.1: null }\nrouting: { tiers: { high: gemini-2.5-flash }, aliases: { fast: auto } }");
  const { headers } = await chat({ model: "fast" });
  expect(headers.get("x-model-routed")).toBe("gemini-2.5-flash");
  const after = headers.get("x-config-version");
  expect(after).not.toBe(before);
  expect(await status()).toMatchObject({ configVersion: after, lastFailedReload: null, needsRestart: [] });
  let pieces = 1;
  while ((await running.next()).done !== true) pieces += 1;
  expect(pieces).toBe(30);
  // The model is gone for calls that come now.
  expect((await chat({ model: "gpt-4.1" })).headers.get("x-config-version")).toBe(after);
});

test("a bad configuration changes nothing, and says so", async () => {
  const { proxy, reload, chat, status, log } = await startWith("");
  const { configVersion } = await status();
  reload("regions: { DEFAULT: { model: nothing } }\nserver: { maxConnections: 1 }");
  expect((await chat()).headers.get("x-config-version")).toBe(configVersion);
  expect(await status()).toMatchObject({
    configVersion,
    lastFailedReload: { problems: [{ path: "regions.DEFAULT.model" }] },
  });
  expect(log).toContainEqual(expect.objectContaining({ level: "error", problems: [expect.anything()] }));
  const metrics = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
  expect(metrics).toContain('meridian_config_reloads_total{outcome="failed"} 1\n');
  expect(metrics).toContain("meridian_config_last_reload_successful 0\n");
});

test("limits, origins, the level of the log and the rest follow; what needs a restart is named", async () => {
  // An answer that takes longer than the shortest deadline there is.
  const relay = { models: [{ id: "gemini-2.5-flash", tokensPerSecond: 50, answerTokens: 10 }] };
  const { proxy, reload, chat, status, log } = await startWith("", { relay });
  const origin = "https://app.example.com";
  const ask = () => fetch(`${proxy.url}/v1/models`, { headers: { origin } });
  expect((await ask()).headers.get("access-control-allow-origin")).toBeNull();
  reload(`
server: { maxMessageBytes: 1024, maxConnections: 9, reflection: false, cors: { allowedOrigins: ["${origin}"] } }
logging: { level: warn }
deadline: { defaultMs: 1, maximumMs: 1 }`);
  expect((await ask()).headers.get("access-control-allow-origin")).toBe(origin);
  const large = await chat({ messages: [{ role: "user", content: "x".repeat(2_000) }] });
  expect(large.body).toMatchObject({ code: "resource_exhausted" });
  expect((await chat()).body).toMatchObject({ code: "deadline_exceeded" });
  expect((await status()).needsRestart).toEqual(["server.maxConnections"]);
  expect(log).toContainEqual(expect.objectContaining({ level: "warn", needsRestart: ["server.maxConnections"] }));
  expect(log.filter(({ msg }) => msg === "call").length).toBeLessThan(3);
});

describe("every answer says by which configuration it was made:", () => {
  const target = useTestProxy();

  test.for([
    { name: "an RPC", path: "/meridian.inference.v1.InferenceService/ListModels", body: "{}" },
    { name: "an RPC that fails", path: "/meridian.inference.v1.InferenceService/Chat", body: "{}" },
    { name: "the models of the OpenAI front", path: "/v1/models" },
    { name: "an error of the OpenAI front", path: "/v1/chat/completions", body: "{}" },
    { name: "a path that is not there", path: "/nothing" },
  ])("$name", async ({ path, body }) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(
      `${target().proxy.url}${path}`,
      body === undefined ? {} : { method: "POST", headers, body },
    );
    await answer.text();
    expect(answer.headers.get("x-config-version")).toBe(target().config.version);
  });
});

const [oldKey, newKey] = ["sk-test-old-key-1234", "sk-test-new-key-5678"];
const environment = { OLD: oldKey, NEW: newKey };
const endpointWith = (relayBaseUrl: string, ...names: readonly string[]) => {
  const credentials = names.map((name) => `{ name: ${name}, key: "\${env:${name.toUpperCase()}}" }`);
  return `endpoints: [{ name: relay, baseUrl: "${relayBaseUrl}", credentials: [${credentials.join(", ")}] }]`;
};

/** A proxy with the old key, behind which the relay does to the list of models what `faults` say. */
async function startRotation(faults: readonly unknown[]) {
  let address = "";
  const target = await startTestProxy({
    environment,
    relay: { apiKeys: [oldKey, newKey], faults: parseFaultRules(faults) },
    yaml: (relayBaseUrl) => {
      address = relayBaseUrl;
      return endpointWith(relayBaseUrl, "old");
    },
    reloadYaml: () => endpointWith(address, "new", "old"),
  });
  onTestFinished(() => target.stop());
  const { proxy, relay } = target;
  const chat = async () =>
    (await callJson(proxy.url, "Chat", { messages, max_tokens: 1 })).headers.get("x-model-routed");
  const keys = () =>
    relay.calls.filter(({ method }) => method === "POST").map(({ headers }) => headers["x-key-version"]);
  return { ...target, chat, keys };
}

test("a new key is checked before it takes traffic, and then comes first", async () => {
  const { proxy, chat, keys, log } = await startRotation([]);
  await chat();
  proxy.reload();
  await expect.poll(() => log.some(({ msg }) => msg === "new key was checked")).toBe(true);
  await chat();
  expect(keys()).toEqual(["old", "new"]);
});

test("a new key that the relay does not take is used only where no other is left", async () => {
  const { proxy, relay, chat, keys, log } = await startRotation([
    { fault: "status-500", endpoint: "models", key: newKey },
  ]);
  proxy.reload();
  await expect.poll(() => log.filter(({ msg }) => String(msg).startsWith("new key was not taken")).length).toBe(1);
  const status = await (await fetch(`${proxy.adminUrl}/status`)).json();
  expect(JSON.stringify(status)).not.toMatch(/sk-test-(old|new)/);
  expect(status).toMatchObject({
    endpoints: [
      {
        credentials: [
          { name: "new", isChecked: false },
          { name: "old", isChecked: true },
        ],
      },
    ],
  });
  await chat();
  expect(keys()).toEqual(["old"]);
  relay.setApiKeys([newKey]);
  expect(await chat()).toBeTruthy();
  expect(keys()).toEqual(["old", "old", "new"]);
  expect(JSON.stringify(log)).not.toMatch(/sk-test-(old|new)/);
});

test("who may call follows, and so do the tenants; a key file that is gone changes nothing", async () => {
  const directory = mkdtempSync(join(tmpdir(), "meridian-follow-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const files = ["one.json", "two.json"].map((name) => join(directory, name));
  for (const [index, file] of files.entries())
    writeFileSync(file, JSON.stringify({ keys: [apiKeyEntry(`mk_${index}`)] }));
  const withKeys = (index: number, tenants = "search: {}") =>
    `tenants: { ${tenants} }\nauth: { apiKeys: { file: ${files[index]} } }`;
  const { proxy, reload, status } = await startWith("", { readFile: (path) => readFileSync(path, "utf8") });
  const statuses = async () => {
    const calls = ["none", "mk_0", "mk_1"].map((key) =>
      callJson(proxy.url, "ListModels", {}, { authorization: `Bearer ${key}` }),
    );
    return (await Promise.all(calls)).map((answer) => answer.status);
  };
  expect(await statuses()).toEqual([200, 200, 200]);
  reload(withKeys(0));
  expect(await statuses()).toEqual([401, 200, 401]);
  expect((await status()).needsRestart).toEqual([]);
  reload(withKeys(1));
  expect(await statuses()).toEqual([401, 401, 200]);
  reload(withKeys(1, "other: {}"));
  expect(await statuses()).toEqual([401, 401, 401]);
  reload(withKeys(1, "search: {}, other: {}"));
  rmSync(files[0] ?? "");
  reload(withKeys(0));
  expect(await statuses()).toEqual([401, 401, 200]);
  expect((await status()).lastFailedReload.problems).toMatchObject([{ path: "auth.apiKeys.file" }]);
  reload("");
  expect(await statuses()).toEqual([200, 200, 200]);
});
