import type { AttemptOutcome, Deployment } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { createDeploymentHealth } from "./deployment-health.js";
import type { DeploymentHint } from "./deployment-hint.js";
import { candidateOf, credentialOf, defaultPolicy } from "./testing/scenario.js";

const policy = { ...defaultPolicy.breaker, consecutiveFailures: 2 };
const { endpoint, model } = candidateOf("a");
const here: Deployment = { endpoint, model, credential: credentialOf("new") };
const otherKey: Deployment = { ...here, credential: credentialOf("old") };

function createHealth() {
  const clock = createFakeClock();
  const told: DeploymentHint[] = [];
  const health = createDeploymentHealth(
    policy,
    clock,
    () => 0,
    undefined,
    (hint) => told.push(hint),
  );
  const end = (outcome: AttemptOutcome, retryAfterMs?: number) =>
    health.record(here, { outcome, retryAfterMs, permittedAtMs: clock.now() });
  return { clock, told, health, end };
}

test.each<[string, readonly AttemptOutcome[], Deployment["credential"] | undefined]>([
  ["a key without credit", ["credit_exhausted"], here.credential],
  ["a rejected key", ["credential_rejected"], here.credential],
  ["a relay that is down, for all keys", ["overloaded", "overloaded"], undefined],
])("tells of %s, once", (_name, outcomes, credential) => {
  const { told, end } = createHealth();
  for (const outcome of [...outcomes, ...outcomes]) end(outcome);
  expect(told).toEqual([{ kind: "circuit_open", endpoint, model, credential }]);
});

test("tells of a Retry-After, once while it runs, and of it alone", async () => {
  const { clock, told, end } = createHealth();
  for (const afterMs of [5_000, 9_000, 5_000]) end("rate_limited", afterMs);
  end("ok");
  end("overloaded");
  expect(told).toEqual([{ kind: "rate_limited", ...here, forMs: 5_000 }]);
  await clock.advance(9_000);
  end("rate_limited", 1_000);
  expect(told[1]).toEqual({ kind: "rate_limited", ...here, forMs: 1_000 });
});

test("an open breaker elsewhere lets one call at a time pass here: for the key, or for all keys", () => {
  const { health } = createHealth();
  health.heed({ kind: "circuit_open", ...here });
  expect([health.state(here), health.state(otherKey)]).toEqual(["half_open", "closed"]);
  health.heed({ kind: "circuit_open", ...here, credential: undefined });
  expect(health.state(otherKey)).toBe("half_open");
  expect([health.permit(otherKey), health.permit(here)]).toEqual([true, false]);
});

test("a Retry-After elsewhere is kept to here, for half a minute at most, and shortens nothing", async () => {
  const { clock, health, end } = createHealth();
  health.heed({ kind: "rate_limited", ...here, forMs: 86_400_000 });
  expect([health.keptOut(here), health.keptOut(otherKey)]).toEqual([
    { reason: "rate_limited", forMs: 30_000 },
    undefined,
  ]);
  await clock.advance(30_000);
  expect(health.keptOut(here)).toBeUndefined();
  end("rate_limited", 60_000);
  health.heed({ kind: "rate_limited", ...here, forMs: 1_000 });
  expect(health.keptOut(here)).toEqual({ reason: "rate_limited", forMs: 60_000 });
});

test("what was heard is not passed on", () => {
  const { health, told } = createHealth();
  health.heed({ kind: "circuit_open", ...here });
  health.heed({ kind: "rate_limited", ...here, forMs: 1_000 });
  expect(told).toEqual([]);
});
