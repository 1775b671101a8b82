import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createInferenceClient, type InferenceClient, InferenceError, user } from "@meridian/inference-client";
import { expect, onTestFinished, test } from "vitest";
import { callJson } from "../testing/call-json.js";
import { spawnProxy } from "../testing/spawn-command.js";
import { startRelayProcess } from "../testing/start-relay-process.js";

// The proxy and the relay as they are built, each in a process of its own, and files that are replaced as Kubernetes
// replaces those of a mounted secret.

const [firstKey, secondKey] = ["sk-test-the-first-key", "sk-test-the-second-key"];
const messages = [user("Tell me a story.")];
/** Eight seconds: streams that begin with the first configuration end with a later one. */
const longTokens = 160;

test("under load the key is rotated, a bad and two good configurations are read: no call fails, no stream is cut", async () => {
  const relay = await startRelayProcess("--tokens-per-second", "20", "--answer-tokens", "1000", "--key", firstKey);
  onTestFinished(relay.stop);
  const setKeys = (...keys: readonly string[]) =>
    fetch(relay.baseUrl.replace(/v1$/, "admin/keys"), { method: "PUT", body: JSON.stringify({ keys }) });
  const mount = createMount();
  const config = (rest = "") => `
endpoints:
  - name: relay
    baseUrl: ${relay.baseUrl}
    credentials:
      - { name: new, key: "\${file:${mount.path("new.key")}}" }
      - { name: old, key: "\${file:${mount.path("old.key")}}" }
${rest}`;
  mount.replace({ "meridian.yaml": config(), "new.key": firstKey, "old.key": firstKey });
  const proxy = await spawnProxy({ MERIDIAN_CONFIG: mount.path("meridian.yaml") });
  onTestFinished(async () => {
    proxy.child.kill("SIGTERM");
    expect(await proxy.exited).toBe(0);
  });
  const status = async () => (await fetch(`${proxy.adminUrl}/status`)).json();
  const version = async (): Promise<string> => (await status()).configVersion;
  const versionChanged = (from: string) => expect.poll(version, { timeout: 20_000 }).not.toBe(from);

  const clients = [
    createInferenceClient({ baseUrl: proxy.url, httpVersion: "1.1" }),
    createInferenceClient({ baseUrl: proxy.url }),
    createInferenceClient({ baseUrl: proxy.url, protocol: "grpc" }),
  ];
  onTestFinished(() => {
    for (const client of clients) client.close();
  });
  let endedStreams = 0;
  const longStreams = clients.map((client) =>
    streamTokens(client, longTokens).finally(() => {
      endedStreams += 1;
    }),
  );
  const load = startLoad(clients);
  await load.more(30);

  // The old key goes a second after the files have changed.
  const first = await version();
  await setKeys(firstKey, secondKey);
  mount.replace({ "meridian.yaml": config(), "new.key": secondKey, "old.key": firstKey });
  proxy.child.kill("SIGHUP");
  await sleep(1_000);
  await setKeys(secondKey);
  const rotated = await version();
  expect([rotated === first, endedStreams]).toEqual([false, 0]);
  await load.more(60);

  // Nobody tells the process of the rest: it looks at its files.
  mount.replace({
    "meridian.yaml": config("models: { gpt-4.1: { requestsPerMinute: many } }"),
    "new.key": "",
    "old.key": "",
  });
  await expect
    .poll(async () => (await status()).lastFailedReload, { timeout: 20_000 })
    .toMatchObject({
      problems: [{ path: 'models["gpt-4.1"].requestsPerMinute' }],
    });
  expect(await version()).toBe(rotated);
  await load.more(30);

  const good = `
models: { gpt-4.1: { requestsPerMinute: 100000 } }
routing: { aliases: { fast: gpt-4.1 } }
dispatch: { limits: { idleMs: 14000 } }`;
  mount.replace({ "meridian.yaml": config(good), "new.key": secondKey, "old.key": secondKey });
  await versionChanged(rotated);
  const last = await version();
  const chat = { model: "fast", messages: [{ role: "user", content: "hi" }], max_tokens: 1 };
  const rpc = await callJson(proxy.url, "Chat", chat);
  expect([rpc.status, rpc.headers.get("x-config-version"), rpc.headers.get("x-model-routed")]).toEqual([
    200,
    last,
    "gpt-4.1",
  ]);
  const openai = await fetch(`${proxy.url}/v1/models/fast`);
  expect([openai.status, openai.headers.get("x-config-version")]).toEqual([200, last]);
  await load.more(30);

  const ends = await load.stop();
  expect(ends.filter((end) => end !== "whole")).toEqual([]);
  expect(await Promise.all(longStreams)).toEqual(longStreams.map(() => longTokens));
  expect([await version(), (await status()).lastFailedReload]).toEqual([last, null]);
  const metrics = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
  expect(metrics).toContain('meridian_config_reloads_total{outcome="applied"} 2\n');
  expect(metrics).toContain('meridian_config_reloads_total{outcome="failed"} 1\n');
  expect(proxy.output()).not.toMatch(/sk-test/);
}, 90_000);

/** A directory whose files are all replaced at once, by one symbolic link that is moved. */
function createMount() {
  const directory = mkdtempSync(join(tmpdir(), "meridian-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  let generation = 0;
  return {
    path: (name: string) => join(directory, name),
    replace(files: Readonly<Record<string, string>>) {
      generation += 1;
      const versioned = `..${generation}`;
      mkdirSync(join(directory, versioned));
      for (const [name, text] of Object.entries(files)) {
        writeFileSync(join(directory, versioned, name), text);
        if (generation === 1) symlinkSync(join("..data", name), join(directory, name));
      }
      symlinkSync(versioned, join(directory, "..data_tmp"));
      renameSync(join(directory, "..data_tmp"), join(directory, "..data"));
    },
  };
}

/** Callers that each make one call after the other, answers and streams in turn. Says how each call ended. */
function startLoad(clients: readonly InferenceClient[]) {
  const ends: string[] = [];
  let isOver = false;
  const caller = async (client: InferenceClient) => {
    for (let calls = 0; !isOver; calls += 1) {
      const answer = calls % 2 === 0 ? client.chat({ messages, maxTokens: 4 }) : streamTokens(client, 4);
      ends.push(
        await answer.then(
          () => "whole",
          (error: unknown) => (error instanceof InferenceError ? `${error.code} ${error.reason}` : String(error)),
        ),
      );
      await sleep(20);
    }
  };
  const callers = clients.flatMap((client) => [1, 2, 3, 4].map(() => caller(client)));
  return {
    async more(calls: number) {
      const until = ends.length + calls;
      await expect.poll(() => ends.length, { timeout: 30_000 }).toBeGreaterThan(until);
    },
    async stop() {
      isOver = true;
      await Promise.all(callers);
      return ends;
    },
  };
}

/** Streams so many tokens, and gives how many came; rejects where the stream has no end. */
async function streamTokens(client: InferenceClient, maxTokens: number): Promise<number> {
  let tokens = 0;
  for await (const { event } of client.streamChat({ messages, maxTokens }, { timeoutMs: 100_000 })) {
    if (event.case === "textDelta") tokens += 1;
    if (event.case === "end") return tokens;
  }
  throw new Error("closed without an end");
}
