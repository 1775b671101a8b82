import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInferenceClient, InferenceError, textOf, user } from "@meridian/inference-client";
import { type RelaySimulator, startRelaySimulator } from "@meridian/relay-simulator";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { builtCommand, type SpawnedCommand, spawnCommand, spawnProxy } from "../testing/spawn-command.js";

let relay: RelaySimulator;
let running: SpawnedCommand[] = [];

beforeEach(async () => {
  // Slow enough that a stream is still under way when the process is told to stop.
  const models = [{ id: "gemini-2.5-flash", tokensPerSecond: 50, answerTokens: 60 }];
  relay = await startRelaySimulator({ models });
});

afterEach(async () => {
  for (const command of running) command.child.kill("SIGKILL");
  await Promise.all(running.map(({ exited }) => exited));
  running = [];
  await relay.close();
});

const messages = [user("Tell me a story.")];

async function serveWithRelay(environment: Readonly<Record<string, string>> = {}) {
  const served = await spawnProxy({ RELAY_BASE_URL: relay.baseUrl, RELAY_API_KEY: "sk-test", ...environment });
  running.push(served);
  const client = createInferenceClient({ baseUrl: served.url });
  return { ...served, client };
}

/** Starts a stream and gives it when its first text has come. */
async function streamUnderWay(client: ReturnType<typeof createInferenceClient>) {
  const stream = textOf(client.streamChat({ messages, maxTokens: 60 }))[Symbol.asyncIterator]();
  await stream.next();
  const rest = (async () => {
    let pieces = 1;
    for (;;) {
      const { done } = await stream.next();
      if (done === true) return pieces;
      pieces += 1;
    }
  })();
  return { rest };
}

describe("the relay", () => {
  test("a configured one is used, and nothing is embedded", async () => {
    const { client, output } = await serveWithRelay();
    await client.chat({ messages, maxTokens: 5 });
    client.close();
    expect(output()).toContain(`Relays: relay (${relay.baseUrl})`);
    expect(output()).not.toContain("simulated");
    expect(relay.calls.filter(({ path }) => path.endsWith("/chat/completions"))).toHaveLength(1);
  });

  test("none: a simulated one answers, and the ready line says so", async () => {
    const served = await spawnProxy({ RELAY_BASE_URL: undefined, RELAY_API_KEY: undefined });
    running.push(served);
    await served.whenPrinted(/No relay is configured: a simulated one answers/);
    const client = createInferenceClient({ baseUrl: served.url });
    expect((await client.chat({ messages, maxTokens: 5 })).choices[0]?.finishReason).toBe("length");
    client.close();
  });
});

describe("stopping", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s: a running stream ends whole, then the process does, with code 0",
    async (signal) => {
      const { client, child, exited, adminUrl, whenPrinted, url } = await serveWithRelay();
      const { rest } = await streamUnderWay(client);
      child.kill(signal);
      await whenPrinted(/Stopping/);
      expect((await fetch(`${adminUrl}/readyz`)).status).toBe(503);
      await expect(fetch(`${url}/health`)).rejects.toThrow();
      expect(await rest).toBeGreaterThan(30);
      client.close();
      expect(await exited).toBe(0);
    },
  );

  test("while the stop is delayed calls come in on new connections, and readiness says no; a second signal ends the delay", async () => {
    const yaml = { MERIDIAN_CONFIG: await writeConfig("server: { stopDelayMs: 60000 }\n") };
    const { url, child, exited, adminUrl, whenPrinted } = await serveWithRelay(yaml);
    expect((await fetch(`${adminUrl}/readyz`)).status).toBe(200);
    child.kill("SIGTERM");
    await whenPrinted(/Stopping/);
    expect((await fetch(`${adminUrl}/readyz`)).status).toBe(503);
    // Two signals within half a second are one: these calls take longer.
    for (const untilMs = performance.now() + 600; performance.now() < untilMs; ) {
      const client = createInferenceClient({ baseUrl: url });
      expect((await client.chat({ messages, maxTokens: 5 })).choices[0]?.finishReason).toBe("length");
      client.close();
    }
    child.kill("SIGTERM");
    expect(await exited).toBe(0);
  });

  test("after the drain limit a running stream ends with a typed error", async () => {
    const yaml = { MERIDIAN_CONFIG: await writeConfig("server: { drainMs: 100 }\n") };
    const { client, child, exited } = await serveWithRelay(yaml);
    const { rest } = await streamUnderWay(client);
    child.kill("SIGTERM");
    const error = await rest.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InferenceError);
    expect(error).toMatchObject({ code: "unavailable", reason: "shutting_down" });
    client.close();
    expect(await exited).toBe(0);
    await relay.waitUntilIdle(2_000);
  });

  test("a second signal ends running calls at once; one that comes with the first does not", async () => {
    const { client, child, exited, whenPrinted } = await serveWithRelay();
    const { rest } = await streamUnderWay(client);
    child.kill("SIGINT");
    child.kill("SIGINT");
    await whenPrinted(/Stopping/);
    // The signals are told apart by time on the real clock of another process: there is no event to wait for.
    await new Promise((resolve) => setTimeout(resolve, 700));
    const stillRuns = Symbol("the stream still runs");
    expect(await Promise.race([rest, Promise.resolve(stillRuns)])).toBe(stillRuns);
    child.kill("SIGINT");
    expect(await rest.catch((reason: unknown) => reason)).toMatchObject({ reason: "shutting_down" });
    client.close();
    expect(await exited).toBe(0);
  });
});

describe("what cannot start says why", () => {
  test("a port that is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? String(address.port) : "";
    const command = spawnCommand(process.execPath, [builtCommand], { PORT: port });
    running.push(command);
    expect(await command.exited).toBe(1);
    expect(command.output()).toMatch(/EADDRINUSE.*another process has the port; set PORT or ADMIN_PORT/);
    taken.close();
  });

  test("an address that others can reach, without auth, unless --insecure says so", async () => {
    const refused = spawnCommand(process.execPath, [builtCommand], { HOST: "0.0.0.0" });
    running.push(refused);
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toMatch(
      /^\(no file\) HOST \(environment\): 0\.0\.0\.0 can be reached by others.*--insecure/,
    );
    const served = spawnCommand(process.execPath, [builtCommand, "serve", "--insecure"], { HOST: "0.0.0.0" });
    running.push(served);
    await served.whenPrinted(/is ready on http:\/\/0\.0\.0\.0:\d+/);
  });

  test.each([
    [
      "a bad file: every problem with its place",
      "server: { prot: 1 }\nadmin: { port: many }\n",
      /:1:11 server\.prot: unknown key "prot".*\n.*:2:16 admin\.port: /,
    ],
    [
      "a literal key",
      "endpoints: [{ name: a, baseUrl: 'http://a/v1', credentials: [{ name: k, key: sk-live-1 }] }]\n",
      /credentials\[0\]\.key/,
    ],
  ])("%s", async (_name, yaml, expected) => {
    const command = spawnCommand(process.execPath, [builtCommand, "serve", "--config", await writeConfig(yaml)]);
    running.push(command);
    expect(await command.exited).toBe(1);
    expect(command.output()).toMatch(expected);
    expect(command.output()).not.toContain("sk-live-1");
  });
});

async function writeConfig(yaml: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "meridian-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, "meridian.yaml");
  await writeFile(file, yaml);
  return file;
}
