import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInferenceClient, textOf, user } from "@meridian/inference-client";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { builtCommand, type SpawnedCommand, spawnCommand } from "./testing/spawn-command.js";
import { startRelayProcess } from "./testing/start-relay-process.js";
import { answeredOf, keyOf, metricOf, writeKeyFile } from "./testing/tenant-calls.js";

// `meridian serve --workers 2`, as people start it.

let running: SpawnedCommand[] = [];
afterEach(async () => {
  for (const command of running) command.child.kill("SIGKILL");
  await Promise.all(running.map(({ exited }) => exited));
  running = [];
});

async function serveWithWorkers(environment: Readonly<Record<string, string>> = {}) {
  const command = spawnCommand(process.execPath, [builtCommand, "serve", "--workers", "2"], environment);
  running.push(command);
  const [, url = "", adminUrl = ""] = await command.whenPrinted(/ready on (http\S+) .*admin on (http\S+)/);
  return { ...command, url, adminUrl };
}

interface Status {
  readonly restarts: number;
  readonly workers: readonly { readonly worker: number; readonly pid: number; readonly configVersion: string }[];
}

async function statusOf(adminUrl: string): Promise<Status> {
  return JSON.parse(await (await fetch(`${adminUrl}/status`)).text());
}

/** Calls over a connection of its own. Gives the status. */
async function callApart(url: string): Promise<number | undefined> {
  const headers = { "content-type": "application/json" };
  const call = request(url, { method: "POST", agent: false, headers });
  call.end(JSON.stringify({ messages: [{ role: "user", content: "Hi" }] }));
  const [answer] = await once(call, "response");
  answer.resume();
  await once(answer, "end");
  return answer.statusCode;
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("both workers serve, one page has the metrics of both, and a dead one is replaced", {
  timeout: 120_000,
}, async () => {
  const served = await serveWithWorkers();
  await served.whenPrinted(/2 workers share the port\./);
  const calls = 20;
  // Each with a connection of its own: they go to the workers in turn.
  const call = () => callApart(`${served.url}/meridian.inference.v1.InferenceService/Chat`);
  for (let index = 0; index < calls; index += 1) expect(await call()).toBe(200);
  await vi.waitFor(async () => expect(await metricOf([served.adminUrl], "meridian_calls_total")).toBe(calls));
  const workerOf = (line: string) => /"worker":(\d).*"msg":"call"/.exec(line)?.[1];
  await vi.waitFor(() => {
    const workers = served.output().split("\n").map(workerOf);
    expect([
      workers.filter((worker) => worker === "1").length,
      workers.filter((worker) => worker === "2").length,
    ]).toEqual([calls / 2, calls / 2]);
  });

  const before = await statusOf(served.adminUrl);
  expect(before.workers.map(({ worker }) => worker).sort()).toEqual([1, 2]);
  const [victim] = before.workers;
  if (victim === undefined) throw new Error("no worker");
  process.kill(victim.pid, "SIGKILL");
  await vi.waitFor(async () => expect((await statusOf(served.adminUrl)).restarts).toBe(1), { timeout: 20_000 });
  for (let index = 0; index < 4; index += 1) expect(await call()).toBe(200);
  await vi.waitFor(async () => expect((await statusOf(served.adminUrl)).workers).toHaveLength(2), { timeout: 30_000 });
  // What the dead one had counted stays.
  await vi.waitFor(async () => expect(await metricOf([served.adminUrl], "meridian_calls_total")).toBe(calls + 4));

  served.child.kill("SIGTERM");
  expect(await served.exited).toBe(0);
  for (const { pid } of before.workers) expect(isAlive(pid)).toBe(false);
});

test("workers share the limits of a tenant; a stop lets streams end, and the last words are the stream's", {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "meridian-workers-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const relay = await startRelayProcess("--answer-tokens", "60", "--tokens-per-second", "60");
  onTestFinished(() => relay.stop());
  const [keys, config] = [join(folder, "keys.json"), join(folder, "meridian.yaml")];
  writeKeyFile(keys, ["fifty", "free"]);
  await writeFile(
    config,
    `auth: { apiKeys: { file: ${keys} } }
tenants: { fifty: { limits: { requestsPerMinute: 50 } }, free: {} }
admin: { token: "\${env:ADMIN_TOKEN}" }
routing: { canary: { percentage: 10, stateFile: ${join(folder, "canary.json")} } }
`,
  );
  const served = await serveWithWorkers({
    MERIDIAN_CONFIG: config,
    RELAY_BASE_URL: relay.baseUrl,
    RELAY_API_KEY: "k",
    ADMIN_TOKEN: "an-admin-token-of-this-test",
  });
  expect(await answeredOf("fifty", [served.url], 200)).toBe(50);

  // The canary of all, by one command.
  const steered = spawnCommand(process.execPath, [builtCommand, "canary", "set", "30"], {
    MERIDIAN_ADMIN_URL: served.adminUrl,
    MERIDIAN_ADMIN_TOKEN: "an-admin-token-of-this-test",
  });
  expect([await steered.exited, steered.output()]).toEqual([0, expect.stringContaining("30")]);
  await vi.waitFor(() => expect(served.output().match(/as another replica decided/g)).toHaveLength(2), {
    timeout: 10_000,
  });
  await vi.waitFor(async () =>
    expect(JSON.parse(await readFile(join(folder, "canary.json"), "utf8")).percentage).toBe(30),
  );

  // A reload reaches both.
  const { workers } = await statusOf(served.adminUrl);
  await writeFile(config, `${await readFile(config, "utf8")}logging: { level: debug }\n`);
  served.child.kill("SIGHUP");
  await vi.waitFor(
    async () => {
      const versions = (await statusOf(served.adminUrl)).workers.map(({ configVersion }) => configVersion);
      expect(new Set(versions).size).toBe(1);
      expect(versions[0]).not.toBe(workers[0]?.configVersion);
    },
    { timeout: 10_000 },
  );

  const client = createInferenceClient({ baseUrl: served.url, token: keyOf("free") });
  onTestFinished(() => client.close());
  const stream = textOf(client.streamChat({ messages: [user("A story")], maxTokens: 60 }))[Symbol.asyncIterator]();
  await stream.next();
  served.child.kill("SIGTERM");
  let pieces = 0;
  for (let next = await stream.next(); next.done !== true; next = await stream.next()) pieces += 1;
  expect(pieces).toBeGreaterThan(10);
  expect(await served.exited).toBe(0);
});

test("a port that is taken stops the start, with a plain word, and leaves no process", {
  timeout: 60_000,
}, async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void taken.close());
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const command = spawnCommand(process.execPath, [builtCommand, "serve", "--workers", "2"], { PORT: String(port) });
  running.push(command);
  expect(await command.exited).toBe(1);
  expect(command.output()).toContain("EADDRINUSE");
});

test("workers end with their primary, however it ends", { timeout: 60_000 }, async () => {
  const served = await serveWithWorkers();
  const { workers } = await statusOf(served.adminUrl);
  served.child.kill("SIGKILL");
  await served.exited;
  await vi.waitFor(() => expect(workers.filter(({ pid }) => isAlive(pid))).toEqual([]), { timeout: 10_000 });
});

test("--workers that is no number is refused, with what is right", async () => {
  const command = spawnCommand(process.execPath, [builtCommand, "serve", "--workers", "many"]);
  running.push(command);
  expect(await command.exited).toBe(1);
  expect(command.output()).toContain("It must be a whole number from 1 to 64, or auto.");
});
