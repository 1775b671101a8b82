import type { AttemptOutcome, Deployment } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { type BreakerChange, createDeploymentHealth } from "./deployment-health.js";
import { candidateOf, credentialOf } from "./testing/scenario.js";

const policy = {
  consecutiveFailures: 2,
  failureRate: 1,
  windowMs: 30_000,
  minimumCalls: 1_000,
  openMs: 10_000,
  accountOpenMs: 60_000,
};

function createHealth() {
  const clock = createFakeClock();
  const changes: BreakerChange[] = [];
  const health = createDeploymentHealth(
    policy,
    clock,
    () => 0,
    (change) => changes.push(change),
  );
  return {
    clock,
    health,
    changes,
    /** A call that ends at once. */
    call(deployment: Deployment, outcome: AttemptOutcome, retryAfterMs?: number) {
      health.permit(deployment);
      health.record(deployment, { outcome, retryAfterMs, permittedAtMs: clock.now() });
    },
  };
}

function deploymentOf(endpoint: string, key = "new"): Deployment {
  const { model, ...candidate } = candidateOf(endpoint, { credentials: [credentialOf("new"), credentialOf("old")] });
  return { endpoint: candidate.endpoint, model, credential: credentialOf(key) };
}

const a = deploymentOf("a");
const otherKey = deploymentOf("a", "old");

type Says = "failure of the service" | "failure of the key" | "alive" | "nothing" | "account refused";

const says: Readonly<Record<AttemptOutcome, Says>> = {
  ok: "alive",
  invalid_request: "alive",
  content_policy: "alive",
  context_too_long: "alive",
  rate_limited: "failure of the key",
  canceled: "nothing",
  deadline_exceeded: "nothing",
  shutting_down: "nothing",
  internal: "nothing",
  credential_rejected: "account refused",
  credit_exhausted: "account refused",
  model_missing: "failure of the service",
  overloaded: "failure of the service",
  connection_failed: "failure of the service",
  headers_limit: "failure of the service",
  first_token_limit: "failure of the service",
  idle_limit: "failure of the service",
  attempt_limit: "failure of the service",
  malformed_answer: "failure of the service",
  stream_truncated: "failure of the service",
};

const opened = { reason: "circuit_open", forMs: 10_000 };
const refused = { reason: "circuit_open", forMs: 60_000 };
/** After one failure before and one after: what keeps calls from the key, and from the endpoint's other key. */
const left: Readonly<Record<Says, readonly [own: object | undefined, other: object | undefined]>> = {
  "failure of the service": [opened, opened],
  "failure of the key": [opened, undefined],
  alive: [undefined, undefined],
  nothing: [opened, opened],
  "account refused": [refused, opened],
};

// Object.entries widens the keys that the line above has checked.
test.each(Object.entries(says) as [AttemptOutcome, Says][])("%s says: %s", (outcome, verdict) => {
  const { health, call } = createHealth();
  call(a, verdict === "failure of the key" ? "rate_limited" : "overloaded");
  call(a, outcome);
  // One more failure tells whether the first one still counts.
  if (verdict === "alive" || verdict === "nothing") call(otherKey, "overloaded");
  if (verdict === "account refused") call(otherKey, "overloaded");
  const [own, other] = left[verdict];
  expect([health.keptOut(a), health.keptOut(otherKey)]).toEqual([own, other]);
  expect(health.state(a)).toBe(own === undefined ? "closed" : "open");
  expect(health.permit(a)).toBe(own === undefined);
});

test("deployments are apart, and one never asked about is closed", () => {
  const { health, call } = createHealth();
  call(a, "credit_exhausted");
  expect(health.permit(a)).toBe(false);
  expect(health.permit(deploymentOf("b"))).toBe(true);
  expect(health.state(deploymentOf("c"))).toBe("closed");
  expect(health.keptOut(deploymentOf("c"))).toBeUndefined();
});

test("a relay that is down is down for all keys: they open together, and one probe tries for all", async () => {
  const { clock, health, call } = createHealth();
  call(a, "overloaded");
  call(otherKey, "overloaded");
  expect([health.state(a), health.state(otherKey)]).toEqual(["open", "open"]);
  await clock.advance(10_000);
  expect([health.state(a), health.state(otherKey)]).toEqual(["half_open", "half_open"]);
  expect(health.permit(a)).toBe(true);
  expect(health.permit(otherKey)).toBe(false);
  health.record(a, { outcome: "ok", retryAfterMs: undefined, permittedAtMs: clock.now() });
  expect([health.state(a), health.state(otherKey)]).toEqual(["closed", "closed"]);
});

test("a Retry-After keeps a key out exactly that long, and a shorter one never shortens it", async () => {
  const { clock, health, call } = createHealth();
  call(a, "rate_limited", 5_000);
  await clock.advance(1_000);
  health.record(a, { outcome: "rate_limited", retryAfterMs: 1_000, permittedAtMs: 0 });
  expect(health.keptOut(a)).toEqual({ reason: "rate_limited", forMs: 4_000 });
  expect(health.state(a)).toBe("open");
  expect(health.permit(otherKey)).toBe(true);
  await clock.advance(3_999);
  expect(health.permit(a)).toBe(false);
  await clock.advance(1);
  expect(health.permit(a)).toBe(true);
  expect(health.state(a)).toBe("closed");
});

test("a longer Retry-After lengthens it", async () => {
  const { clock, health, call } = createHealth();
  call(a, "rate_limited", 1_000);
  health.record(a, { outcome: "rate_limited", retryAfterMs: 90_000, permittedAtMs: 0 });
  await clock.advance(89_999);
  expect(health.permit(a)).toBe(false);
});

test("a Retry-After of a day is believed for an hour", () => {
  const { health, call } = createHealth();
  call(a, "rate_limited", 86_400_000);
  expect(health.keptOut(a)).toEqual({ reason: "rate_limited", forMs: 3_600_000 });
});

test("rate limits that name a delay never open the breaker", async () => {
  const { clock, health, call } = createHealth();
  for (let calls = 0; calls < 100; calls += 1) {
    call(a, "rate_limited", 10);
    await clock.advance(10);
  }
  expect(health.state(a)).toBe("closed");
});

test("a call from before the breaker opened ends without a say in it: one probe at a time stays true", async () => {
  const { clock, health } = createHealth();
  const permittedAtMs = clock.now();
  const record = (outcome: AttemptOutcome, atMs: number) =>
    health.record(a, { outcome, retryAfterMs: undefined, permittedAtMs: atMs });
  for (let call = 0; call < 3; call += 1) health.permit(a);
  await clock.advance(1);
  record("overloaded", permittedAtMs);
  record("overloaded", permittedAtMs);
  await clock.advance(10_000);
  expect(health.permit(a)).toBe(true);
  record("canceled", permittedAtMs);
  expect(health.permit(a)).toBe(false);
  record("ok", clock.now());
  expect(health.state(a)).toBe("closed");
});

test("an old call's success does not close a breaker that is open", async () => {
  const { clock, health } = createHealth();
  const permittedAtMs = clock.now();
  await clock.advance(1);
  health.record(a, { outcome: "credential_rejected", retryAfterMs: undefined, permittedAtMs: clock.now() });
  health.record(a, { outcome: "ok", retryAfterMs: undefined, permittedAtMs });
  expect(health.state(a)).toBe("open");
});

test("tells whose breaker opens and closes", async () => {
  const { clock, changes, call } = createHealth();
  call(a, "overloaded");
  call(a, "overloaded");
  await clock.advance(10_000);
  call(a, "ok");
  call(otherKey, "credit_exhausted");
  const of = { endpoint: "a", model: "model" };
  expect(changes).toEqual([
    { ...of, state: "open", credential: undefined },
    { ...of, state: "closed", credential: undefined },
    { ...of, state: "open", credential: "old" },
  ]);
});

test("streams that have begun to answer speak for a deployment; once they break off, against it", () => {
  const { clock, health, call } = createHealth();
  const begin = () => {
    health.permit(a);
    const permittedAtMs = clock.now();
    return { permittedAtMs, sign: health.beganToAnswer(a, permittedAtMs) };
  };
  const streams = [begin(), begin()];
  call(a, "overloaded");
  streams.push(begin());
  call(a, "overloaded");
  expect(health.state(a)).toBe("closed");
  for (const stream of streams) health.record(a, { outcome: "stream_truncated", retryAfterMs: undefined, ...stream });
  expect(health.state(a)).toBe("open");
});

test("another configuration shares what is known of what stays, and knows nothing of the rest", () => {
  const { health, call } = createHealth();
  const b = deploymentOf("b");
  for (const deployment of [a, a, b, b]) call(deployment, "overloaded");
  call(otherKey, "credential_rejected");
  const next = health.successor((endpoint) => endpoint.name === "a");
  expect([next.state(a), next.state(b)]).toEqual(["open", "closed"]);
  const withoutKeys = health.successor((endpoint, _model, credential) => endpoint.name === "b" && !credential);
  expect([withoutKeys.state(otherKey), withoutKeys.state(b)]).toEqual(["closed", "open"]);
  // The calls that began with the first one go on with it.
  expect([health.state(a), health.state(b)]).toEqual(["open", "open"]);
});

test("what a call of the former configuration learns counts for what stays, not for what is new by an old name", () => {
  const { health, call } = createHealth();
  call(a, "ok");
  const next = health.successor((_endpoint, _model, credential) => credential === undefined);
  call(a, "credential_rejected");
  expect([health.state(a), next.state(a)]).toEqual(["open", "closed"]);
  call(otherKey, "overloaded");
  call(otherKey, "overloaded");
  expect(next.state(a)).toBe("open");
});
