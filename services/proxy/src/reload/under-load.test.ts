import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createInferenceClient, type InferenceClient, user } from "@meridian/inference-client";
import { expect, onTestFinished, test } from "vitest";
import { builtCommand, spawnCommand, spawnProxy } from "../testing/spawn-command.js";
import { type MixedCall, startMixedCalls } from "../testing/start-mixed-calls.js";
import { startRelayProcess } from "../testing/start-relay-process.js";

// The proxy and the relay as they are built, each in a process of its own, files that are replaced as Kubernetes replaces
// those of a mounted secret, and operators who use what operators use.

const callsPerSecond = 200;
/** A number that the ways of calling do not divide, so that each user comes by all of them. */
const users = 401;
const [firstKey, secondKey, canaryKey] = [
  "sk-test-first-key-0001",
  "sk-test-second-key-0002",
  "sk-test-canary-key-0003",
];
const adminToken = "admin-token-of-this-test";
/** Eight seconds: streams that begin with the first configuration end with a later one. */
const longTokens = 160;

test("at 200 calls a second the key is rotated, a bad and a good configuration are read, and the canary moves: no call fails", async () => {
  const keyOptions = [firstKey, canaryKey].flatMap((key) => ["--key", key]);
  const relay = await startRelayProcess("--tokens-per-second", "20", "--answer-tokens", "1000", ...keyOptions);
  onTestFinished(relay.stop);
  const mount = createMount();
  const config = (rest = "") => `
endpoints:
  - name: relay
    baseUrl: ${relay.baseUrl}
    credentials:
      - { name: new, key: "\${file:${mount.path("new.key")}}" }
      - { name: old, key: "\${file:${mount.path("old.key")}}" }
      - { name: canary, cohort: canary, key: "\${file:${mount.path("canary.key")}}" }
admin: { token: "\${env:ADMIN_TOKEN}" }
routing:
  canary: { percentage: 10, models: { gemini-2.5-flash: claude-sonnet-4.5 } }
${rest}`;
  mount.replace({ "meridian.yaml": config(), "new.key": firstKey, "old.key": firstKey, "canary.key": canaryKey });
  const proxy = await spawnProxy({ MERIDIAN_CONFIG: mount.path("meridian.yaml"), ADMIN_TOKEN: adminToken });
  onTestFinished(async () => {
    proxy.child.kill("SIGTERM");
    expect(await proxy.exited).toBe(0);
  });
  const status = async () => (await fetch(`${proxy.adminUrl}/status`)).json();
  const version = async (): Promise<string> => (await status()).configVersion;
  const until = <Value>(look: () => Promise<Value>) => expect.poll(look, { interval: 50, timeout: 60_000 });
  const metrics = async () => (await fetch(`${proxy.adminUrl}/metrics`)).text();

  const longClients = [
    createInferenceClient({ baseUrl: proxy.url, httpVersion: "1.1" }),
    createInferenceClient({ baseUrl: proxy.url }),
    createInferenceClient({ baseUrl: proxy.url, protocol: "grpc" }),
  ];
  onTestFinished(() => {
    for (const client of longClients) client.close();
  });
  const longStreams = Promise.all(longClients.map((client) => streamTokens(client, longTokens)));
  const load = startMixedCalls({ baseUrl: proxy.url, callsPerSecond, users });
  onTestFinished(async () => {
    await load.stop();
  });
  await load.more(1.2 * callsPerSecond);

  // The key is rotated, and the old one goes a second later. The first check of the new one fails, the next comes in time.
  const first = await version();
  await relay.setKeys(firstKey, secondKey, canaryKey);
  await relay.setFaults({ fault: "status-503", endpoint: "models", key: secondKey, times: 1 });
  const rotatedFromMs = performance.now();
  mount.replace({ "meridian.yaml": config(), "new.key": secondKey, "old.key": firstKey, "canary.key": canaryKey });
  proxy.child.kill("SIGHUP");
  // Of one answer: before the reload the key by this name is a checked one, too.
  await until(async () => {
    const { configVersion, endpoints } = await status();
    return configVersion !== first && endpoints[0].credentials[0].isChecked;
  }).toBe(true);
  const rotated = await version();
  const checkedAtMs = performance.now();
  await sleep(Math.max(0, rotatedFromMs + 1_000 - checkedAtMs));
  await relay.setKeys(secondKey, canaryKey);
  await load.more(0.5 * callsPerSecond);

  // A broken configuration.
  mount.replace({
    "meridian.yaml": config("models: { gpt-4.1: { requestsPerMinute: many } }"),
    "new.key": "",
    "old.key": "",
    "canary.key": "",
  });
  proxy.child.kill("SIGHUP");
  await until(async () => (await status()).lastFailedReload).toMatchObject({
    problems: [{ path: 'models["gpt-4.1"].requestsPerMinute' }],
  });
  expect(await version()).toBe(rotated);
  expect(await metrics()).toMatch(/^meridian_config_last_reload_successful 0$/m);
  await load.more(0.5 * callsPerSecond);

  // A good one, of which nobody tells the process: it looks at its files.
  const reloadedFromMs = performance.now();
  const good = "dispatch: { limits: { idleMs: 14000 } }";
  mount.replace({ "meridian.yaml": config(good), "new.key": secondKey, "old.key": secondKey, "canary.key": canaryKey });
  await until(version).not.toBe(rotated);
  const last = await version();
  const reloadedAtMs = performance.now();
  await load.more(0.5 * callsPerSecond);

  // The canary, by its command.
  const canaryFromMs = performance.now();
  const setCanary = ["canary", "--admin-url", proxy.adminUrl, "set", "50", "--reason", "a test under load"];
  const moved = spawnCommand(process.execPath, [builtCommand, ...setCanary], { MERIDIAN_ADMIN_TOKEN: adminToken });
  expect([await moved.exited, moved.output()]).toEqual([0, expect.stringContaining("running, 50 % of the users")]);
  const canaryAtMs = performance.now();
  await load.more(users);

  const rate = await load.stop();
  expect(load.failed).toEqual([]);
  expect(await longStreams).toEqual(longClients.map(() => longTokens));
  console.log(
    `${load.answered.length} calls, ${rate.toFixed(0)} a second of ${callsPerSecond} that were meant to come`,
  );

  // Each change is seen by exactly the calls that come after it.
  const byStart = load.answered.toSorted((one, other) => one.beganAtMs - other.beganAtMs);
  const between = (fromMs: number, toMs: number) =>
    byStart.filter(({ beganAtMs, endedAtMs }) => beganAtMs >= fromMs && endedAtMs <= toMs);
  const versionsOf = (calls: readonly MixedCall[]) => new Set(calls.map(({ configVersion }) => configVersion));
  expect(versionsOf(between(0, rotatedFromMs))).toEqual(new Set([first]));
  expect(versionsOf(between(checkedAtMs, reloadedFromMs))).toEqual(new Set([rotated]));
  expect(versionsOf(between(reloadedAtMs, Number.POSITIVE_INFINITY))).toEqual(new Set([last]));
  expect(versionsOf(byStart)).toEqual(new Set([first, rotated, last]));
  expect(byStart.every(({ configVersion, route }) => route.configVersion === configVersion)).toBe(true);

  // Nobody goes back, and the shares are those that were asked for.
  const onCanary = new Set<string>();
  for (const { user, route } of byStart) {
    if (onCanary.has(user)) expect(`${user} ${route.cohort}`).toBe(`${user} canary`);
    if (route.cohort === "canary") onCanary.add(user);
  }
  expect(Math.abs(canaryShare(between(0, canaryFromMs)) - 0.1)).toBeLessThan(0.05);
  expect(Math.abs(canaryShare(between(canaryAtMs, Number.POSITIVE_INFINITY)) - 0.5)).toBeLessThan(0.1);
  const direct = byStart.filter(({ route }) => route.attempts.length === 1);
  expect(new Set(direct.map(({ route }) => `${route.cohort} ${route.model}`))).toEqual(
    new Set(["canary claude-sonnet-4.5", "baseline gemini-2.5-flash"]),
  );

  // The old key was used until the relay had taken the new one, and by no call after that but to rescue it.
  const begunWithOld = between(checkedAtMs, reloadedFromMs).filter(
    ({ route }) => route.attempts[0]?.credential === "old",
  );
  expect(begunWithOld.map(({ user, route }) => `${user} ${route.attempts.map(({ outcome }) => outcome)}`)).toEqual([]);
  const requests = await relay.requests();
  const withNewKey = requests.filter(({ headers }) => headers["authorization"]?.endsWith("0002"));
  // Its checks, of which the first was refused, come before all else, half a second apart at least.
  const [firstCheck, secondCheck, ...rest] = withNewKey;
  expect([firstCheck, secondCheck]).toMatchObject([
    { method: "GET", status: 503 },
    { method: "GET", status: 200 },
  ]);
  expect((secondCheck?.atMs ?? 0) - (firstCheck?.atMs ?? 0)).toBeGreaterThan(400);
  expect(rest.filter(({ method, status }) => method === "POST" && status === 200).length).toBeGreaterThan(users);
  const refused = requests.filter(({ status }) => status === 401);
  const rescued = byStart.flatMap(({ route }) => route.attempts.filter(({ status }) => status === 401));
  expect(refused.map(({ headers }) => headers["authorization"])).toEqual(rescued.map(() => "Bearer ****0001"));

  expect([await version(), (await status()).lastFailedReload]).toEqual([last, null]);
  const figures = await metrics();
  expect(figures).toContain('meridian_config_reloads_total{outcome="applied"} 2\n');
  expect(figures).toContain('meridian_config_reloads_total{outcome="failed"} 1\n');
  expect(figures).toMatch(/^meridian_config_last_reload_successful 1$/m);
  expect(figures).toMatch(/^meridian_canary_percent 50$/m);
  expect(proxy.output()).not.toMatch(/sk-test/);
}, 180_000);

/** The share of the users that were on the canary's side. */
function canaryShare(calls: readonly MixedCall[]): number {
  const sides = new Map(calls.map(({ user, route }) => [user, route.cohort]));
  expect(sides.size).toBe(users);
  return [...sides.values()].filter((side) => side === "canary").length / sides.size;
}

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

/** Streams so many tokens, and gives how many came; rejects where the stream has no end. */
async function streamTokens(client: InferenceClient, maxTokens: number): Promise<number> {
  let tokens = 0;
  for await (const { event } of client.streamChat(
    { messages: [user("Tell me a story.")], maxTokens },
    { timeoutMs: 100_000 },
  )) {
    if (event.case === "textDelta") tokens += 1;
    if (event.case === "end") return tokens;
  }
  throw new Error("closed without an end");
}
