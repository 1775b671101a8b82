import { parseFault } from "@meridian/relay-simulator";
import { describe, expect, test } from "vitest";
import { ask, attemptsOf } from "./testing/ask.js";
import { shortLimits } from "./testing/short-limits.js";
import { protocols } from "./testing/start-fault-proxy.js";
import { firstModel, secondModel, twoModels } from "./testing/two-models.js";
import { useFaultProxy } from "./testing/use-fault-proxy.js";

const rpcs = ["Chat", "StreamChat"] as const;
const transportOf = { Chat: "unary", StreamChat: "stream" } as const;

describe("Retry-After", () => {
  const proxy = useFaultProxy();
  const waits = [
    { fault: "status-429;retry-after=1", reason: "rate_limited", atLeastMs: 1_000 },
    { fault: "status-429;retry-after-text=0.4", reason: "rate_limited", atLeastMs: 400 },
    // A date has whole seconds: 2 seconds from now may be little more than 1.
    { fault: "status-429;retry-after-date=2", reason: "rate_limited", atLeastMs: 950 },
    { fault: "status-503;retry-after=1", reason: "overloaded", atLeastMs: 1_000 },
  ].flatMap((wait) => rpcs.map((rpc) => ({ rpc, ...wait })));

  test.each(waits)("$rpc waits as $fault says", async ({ rpc, fault, reason, atLeastMs }) => {
    proxy.misbehave({ fault: parseFault(fault), times: 1 });
    const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
    const transport = transportOf[rpc];
    expect(attemptsOf(outcome.route)).toEqual([
      `${firstModel} ${transport} ${reason}`,
      `${firstModel} ${transport} ok`,
    ]);
    const [refused, answered] = proxy.asked();
    // Timers may fire a millisecond early.
    expect((answered?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThan(atLeastMs - 2);
    expect(outcome.durationMs).toBeLessThan(atLeastMs + 2_000);
    await proxy.settled();
  });

  test.each(rpcs)("%s without one waits only its own short while", async (rpc) => {
    proxy.misbehave({ fault: parseFault("status-429"), times: 2 });
    const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
    expect(outcome.code).toBe("ok");
    expect(proxy.asked()).toHaveLength(3);
    expect(outcome.durationMs).toBeLessThan(500);
  });

  const tooLong = [
    { name: "than the deadline", retryAfter: 1, timeoutMs: 800 },
    { name: "than the longest wait", retryAfter: 30, timeoutMs: 60_000 },
  ].flatMap((each) => rpcs.map((rpc) => ({ rpc, ...each })));

  // A Retry-After is kept to by the calls after it too: each case has a proxy that has heard of none.
  describe.each(tooLong)("longer $name", ({ rpc, retryAfter, timeoutMs }) => {
    const unaware = useFaultProxy();

    test(`${rpc} moves on at once`, async () => {
      unaware.misbehave({ fault: parseFault(`status-429;retry-after=${retryAfter}`), model: firstModel });
      const outcome = await ask(unaware.clients.grpc, rpc, twoModels, { timeoutMs });
      const transport = transportOf[rpc];
      expect(attemptsOf(outcome.route)).toEqual([
        `${firstModel} ${transport} rate_limited`,
        `${secondModel} ${transport} ok`,
      ]);
      expect(unaware.asked()).toHaveLength(2);
      expect(outcome.durationMs).toBeLessThan(500);
    });
  });

  describe.each(protocols)("where nobody answers, %s", (protocol) => {
    const unaware = useFaultProxy();

    test("the caller is told how long to wait, and so is the next, without asking again", async () => {
      unaware.misbehave({ fault: parseFault("status-429;retry-after=30") });
      for (const rpc of [...rpcs, ...rpcs]) {
        const { code, reason, retryDelayMs } = await ask(unaware.clients[protocol], rpc, twoModels);
        expect({ code, reason }).toEqual({ code: "resource_exhausted", reason: "rate_limited" });
        expect(retryDelayMs).toBeGreaterThan(25_000);
        expect(retryDelayMs).toBeLessThanOrEqual(30_000);
      }
      expect(unaware.asked()).toHaveLength(2);
    });
  });
});

describe("with two keys", () => {
  const proxy = useFaultProxy({
    yaml: (baseUrl) => `${shortLimits}
endpoints:
  - name: relay
    baseUrl: ${baseUrl}
    credentials:
      - { name: new, key: "\${env:NEW_KEY}" }
      - { name: old, key: "\${env:TEST_RELAY_KEY}" }
`,
    environment: { NEW_KEY: "sk-not-yet-known-to-the-relay" },
  });

  test.each(rpcs)("%s: the other one is tried at once where the first is refused", async (rpc) => {
    proxy.misbehave();
    const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
    const tried = outcome.route?.attempts.map(({ model, credential, outcome }) => ({ model, credential, outcome }));
    expect(tried).toEqual([
      { model: firstModel, credential: "new", outcome: "credential_rejected" },
      { model: firstModel, credential: "old", outcome: "ok" },
    ]);
    expect(proxy.asked().map(({ status }) => status)).toEqual([401, 200]);
    expect(outcome.durationMs).toBeLessThan(500);
    await proxy.settled();
  });

  test.each(rpcs)("%s: with both refused the caller is not unauthenticated", async (rpc) => {
    proxy.misbehave();
    proxy.relay.setApiKeys(["sk-another"]);
    const { code, reason, route } = await ask(proxy.clients["connect over HTTP/1.1"], rpc, twoModels);
    expect({ code, reason }).toEqual({ code: "unavailable", reason: "credential_rejected" });
    expect(route?.attempts.map(({ model, credential }) => `${model} ${credential}`)).toEqual([
      `${firstModel} new`,
      `${firstModel} old`,
      `${secondModel} new`,
    ]);
    expect(proxy.asked()).toHaveLength(3);
    await proxy.settled();
  });
});

describe("with retry.maxAttempts 2", () => {
  const proxy = useFaultProxy({ yaml: shortLimits.replace("retry: {", "retry: { maxAttempts: 2,") });

  test.each([
    { fault: "status-429", code: "resource_exhausted" },
    { fault: "status-503", code: "unavailable" },
    { fault: "status-404", code: "not_found" },
    { fault: "malformed-json", code: "internal" },
  ])("$fault is asked for twice and no more", async ({ fault, code }) => {
    for (const rpc of rpcs) {
      proxy.misbehave({ fault: parseFault(fault) });
      const request = { ...twoModels, routing: { fallbacks: [secondModel, "claude-sonnet-4.5", "deepseek-v3.2"] } };
      const outcome = await ask(proxy.clients.grpc, rpc, request);
      expect(outcome.code).toBe(code);
      expect(outcome.route?.attempts).toHaveLength(2);
      expect(proxy.asked()).toHaveLength(2);
      await proxy.settled();
    }
  });
});
