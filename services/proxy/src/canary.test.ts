import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AdminService } from "@meridian/admin-proto";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { clientOf } from "./testing/client-of.js";
import { startTestProxy, type TestProxy, type TestProxyOptions, testRelayKey } from "./testing/start-test-proxy.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const canaryKey = "sk-test-canary-key";
const adminToken = "admin-token-of-this-test";
const environment = { RELAY_API_KEY_CANARY: canaryKey, ADMIN_TOKEN: adminToken };
const relay = { apiKeys: [testRelayKey, canaryKey] };

/** A canary of another key and another model. */
function yamlOf(canary: string): string {
  return `admin: {token: "\${env:ADMIN_TOKEN}"}
routing:
  canary: {name: two-keys, models: {gemini-2.5-flash: claude-sonnet-4.5}, ${canary}}
dispatch: {retry: {backoff: {baseMs: 1, maxMs: 2}}}
`;
}

const optionsOf = (canary: string): TestProxyOptions => ({ yaml: yamlOf(canary), environment, relay });

function adminOf({ proxy }: Pick<TestProxy, "proxy">, token = adminToken) {
  return createClient(
    AdminService,
    createConnectTransport({
      baseUrl: proxy.adminUrl,
      httpVersion: "1.1",
      interceptors: [
        (next) => (request) => {
          request.header.set("authorization", `Bearer ${token}`);
          return next(request);
        },
      ],
    }),
  );
}

/** The side of each of these users, as their calls are reported. */
async function sidesOf(target: TestProxy, users: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const client = clientOf(target);
  const calls = users.map(async (user) => {
    const { route } = await client.chat({ messages: [{ role: "user", content: "Hi" }], user });
    return [user, `${route?.cohort} ${route?.model} ${route?.attempts[0]?.credential}`] as const;
  });
  return new Map(await Promise.all(calls));
}

const users = Array.from({ length: 60 }, (_, index) => `user-${index}`);
const onCanary = "canary claude-sonnet-4.5 canary";
const onBaseline = "baseline gemini-2.5-flash primary";

describe("a canary by hand", () => {
  const target = useTestProxy(optionsOf("percentage: 10"));

  test("moves from 10 to 50 % under calls: none fails, and no user goes from canary to baseline", async () => {
    const admin = adminOf(target());
    const before = await sidesOf(target(), users);
    const rounds = Array.from({ length: 4 }, () => sidesOf(target(), users));
    await admin.setCanary({ percentage: 50, reason: "a test" });
    const during = await Promise.all(rounds);
    const after = await sidesOf(target(), users);
    for (const sides of [before, ...during, after])
      for (const side of sides.values()) expect([onCanary, onBaseline]).toContain(side);
    const countOf = (sides: ReadonlyMap<string, string>) =>
      [...sides.values()].filter((side) => side === onCanary).length;
    expect(countOf(before)).toBeGreaterThan(0);
    expect(countOf(after)).toBeGreaterThan(countOf(before));
    for (const sides of [...during, after])
      for (const [user, side] of before) if (side === onCanary) expect(sides.get(user)).toBe(onCanary);
  });

  test("shows its figures as metrics, and logs each decision", async () => {
    const admin = adminOf(target());
    await admin.abortCanary({ reason: "enough" });
    const { canary } = await admin.getCanary({});
    expect(canary).toMatchObject({ name: "two-keys", state: "aborted", percentage: 0, reason: "enough" });
    const metrics = await (await fetch(`${target().proxy.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/^meridian_canary_percent 0$/m);
    expect(metrics).toMatch(/^meridian_canary_state\{state="aborted"\} 1$/m);
    expect(metrics).toMatch(/^meridian_canary_state\{state="running"\} 0$/m);
    expect(metrics).toMatch(/^meridian_canary_decisions_total\{decision="abort"\} 1$/m);
    expect(target().log).toContainEqual(
      expect.objectContaining({
        msg: "canary decision",
        kind: "abort",
        canary: "two-keys",
        from: 50,
        reason: "enough",
      }),
    );
    await admin.promoteCanary({});
    expect([...(await sidesOf(target(), ["anybody"])).values()]).toEqual([onCanary]);
    expect((await sidesOf(target(), [""])).get("")).toBe(onBaseline);
  });

  test.each([101, -1, 0.001, Number.NaN])("refuses %d %", async (percentage) => {
    const admin = adminOf(target());
    const { canary } = await admin.getCanary({});
    await expect(admin.setCanary({ percentage })).rejects.toThrow("[invalid_argument] percentage must be");
    expect((await admin.getCanary({})).canary).toEqual(canary);
  });

  test("refuses a reason that is too long", async () => {
    await expect(adminOf(target()).abortCanary({ reason: "x".repeat(257) })).rejects.toThrow("[invalid_argument]");
  });
});

test("a reload moves the canary where its percentage is another one, and else leaves it where it is", async () => {
  let percentage = 10;
  const yaml = () => yamlOf(`percentage: ${percentage}, salt: reload`);
  const target = await startTestProxy({ ...optionsOf(""), yaml: yaml(), reloadYaml: () => `${yaml()}# again\n` });
  onTestFinished(() => target.stop());
  const admin = adminOf(target);
  await admin.setCanary({ percentage: 30 });
  const before = await sidesOf(target, users);
  target.proxy.reload();
  expect((await admin.getCanary({})).canary).toMatchObject({ state: "running", percentage: 30 });
  percentage = 50;
  target.proxy.reload();
  const { canary } = await admin.getCanary({});
  expect(canary).toMatchObject({ percentage: 50, reason: "the configuration says so" });
  const after = await sidesOf(target, users);
  for (const [user, side] of before) if (side === onCanary) expect(after.get(user)).toBe(onCanary);
});

describe("admin calls", () => {
  const target = useTestProxy(optionsOf("percentage: 10"));
  const methods = ["GetCanary", "SetCanary", "PromoteCanary", "AbortCanary"];
  const call = async (baseUrl: string, method: string, headers: Readonly<Record<string, string>>) =>
    await fetch(`${baseUrl}/meridian.admin.v1.AdminService/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: "{}",
    });

  test.each([
    ["no credential", {}],
    ["a wrong one", { authorization: "Bearer admin-token-of-this-tes" }],
    ["the token in another scheme", { authorization: `Basic ${adminToken}` }],
    ["a relay's key", { authorization: `Bearer ${testRelayKey}` }],
  ])("are refused with %s, all alike", async (_name, headers) => {
    for (const method of methods) {
      const answer = await call(target().proxy.adminUrl, method, headers);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toEqual({ code: "unauthenticated", message: "admin calls need the admin token" });
    }
    expect((await adminOf(target()).getCanary({})).canary?.percentage).toBe(10);
  });

  test("are not on the public port", async () => {
    const answer = await call(target().proxy.url, "GetCanary", { authorization: `Bearer ${adminToken}` });
    expect(answer.status).toBe(404);
  });

  test("are off without a token in the configuration", async () => {
    const other = await startTestProxy();
    onTestFinished(() => other.stop());
    for (const method of methods) {
      const answer = await call(other.proxy.adminUrl, method, { authorization: `Bearer ${adminToken}` });
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({ message: "admin calls are off: set admin.token to turn them on" });
    }
  });

  test("leave their token in no log", () => {
    expect(JSON.stringify(target().log)).not.toContain(adminToken);
  });
});

describe("a rollout", () => {
  let directory = "";
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "meridian-rollout-"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  test("aborts a canary whose key the relay rejects, while no call fails, and stays aborted over a restart", async () => {
    const stateFile = join(directory, "canary.json");
    const options = {
      ...optionsOf(`percentage: 50, stateFile: "${stateFile}", rollout: {}`),
      relay: { apiKeys: [testRelayKey] },
    };
    const first = await startTestProxy(options);
    let calls = 0;
    while (calls < 1_000 && !first.log.some(({ kind }) => kind === "abort")) {
      // Every call is answered by the baseline's key in the end, or `sidesOf` would reject.
      await sidesOf(first, users);
      calls += users.length;
    }
    const decision = first.log.find(({ msg }) => msg === "canary decision");
    expect(decision).toMatchObject({ level: "warn", kind: "abort", from: 50, percentage: 0 });
    expect(decision?.["reason"]).toMatch(
      /^100\.00 % of \d+ calls of the canary failed, 0\.00 % of \d+ calls of the baseline/,
    );
    expect(calls).toBeLessThanOrEqual(300);
    await first.stop();
    expect(JSON.parse(await readFile(stateFile, "utf8"))).toMatchObject({ phase: "aborted", percentage: 0 });

    const second = await startTestProxy(options);
    onTestFinished(() => second.stop());
    const { canary } = await adminOf(second).getCanary({});
    expect(canary).toMatchObject({ state: "aborted", percentage: 0, reason: decision?.["reason"] });
    expect([...(await sidesOf(second, users)).values()]).not.toContain(onCanary);
  });
});
