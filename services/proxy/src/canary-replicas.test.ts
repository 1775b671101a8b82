import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AdminService } from "@meridian/admin-proto";
import { expect, type TestContext, test, vi } from "vitest";
import { clientOf } from "./testing/client-of.js";
import { startRedis } from "./testing/start-redis.js";
import { startTestProxy, type TestProxy, testRelayKey } from "./testing/start-test-proxy.js";

const canaryKey = "sk-test-canary-key";
const yaml = `admin: {token: "\${env:ADMIN_TOKEN}"}
redis: {timeoutMs: 5000}
routing: {canary: {name: shared, percentage: 10, rollout: {}}}
dispatch: {retry: {backoff: {baseMs: 1, maxMs: 2}}}
`;

async function startReplica(context: TestContext, redisUrl: string): Promise<TestProxy> {
  const target = await startTestProxy({
    yaml,
    environment: { RELAY_API_KEY_CANARY: canaryKey, ADMIN_TOKEN: "admin-token-of-this-test", REDIS_URL: redisUrl },
    // The key of the canary is wrong.
    relay: { apiKeys: [testRelayKey] },
  });
  context.onTestFinished(() => target.stop());
  return target;
}

function adminOf({ proxy }: TestProxy) {
  const authorize = { authorization: "Bearer admin-token-of-this-test" };
  const client = createClient(AdminService, createConnectTransport({ baseUrl: proxy.adminUrl, httpVersion: "1.1" }));
  return {
    status: async () => (await client.getCanary({}, { headers: authorize })).canary,
    set: (percentage: number) => client.setCanary({ percentage, reason: "a test" }, { headers: authorize }),
  };
}

async function cohortOf(target: TestProxy, user: string): Promise<string | undefined> {
  const { route } = await clientOf(target).chat({ messages: [{ role: "user", content: "Hi" }], user });
  return route?.cohort;
}

test("replicas share a canary: a change at one counts at the other, and a bad one is aborted at both", {
  timeout: 60_000,
}, async (context) => {
  const redis = await startRedis(context);
  const one = await startReplica(context, redis.url);
  const other = await startReplica(context, redis.url);
  await adminOf(one).set(50);
  await vi.waitFor(
    async () => expect(await adminOf(other).status()).toMatchObject({ percentage: 50, reason: "a test" }),
    {
      timeout: 10_000,
    },
  );

  const users = Array.from({ length: 30 }, (_, index) => `user-${index}`);
  for (let round = 0; round < 40; round += 1) {
    await Promise.all(users.flatMap((user) => [cohortOf(one, user), cohortOf(other, user)]));
    if ((await adminOf(other).status())?.state === "aborted") break;
  }
  for (const target of [one, other])
    await vi.waitFor(
      async () => expect(await adminOf(target).status()).toMatchObject({ state: "aborted", percentage: 0 }),
      {
        timeout: 10_000,
      },
    );
  const decisions = [...one.log, ...other.log].filter(({ msg }) => msg === "canary decision");
  expect(decisions.map(({ kind }) => kind)).toEqual(["set", "abort"]);

  // A replica that was not there learns of it.
  const late = await startReplica(context, redis.url);
  expect(await adminOf(late).status()).toMatchObject({ state: "aborted" });

  await redis.kill();
  for (const target of [one, other, late])
    for (const user of users) expect(await cohortOf(target, user)).toBe("baseline");
});
