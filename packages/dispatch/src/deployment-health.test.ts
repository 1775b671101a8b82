import type { AttemptOutcome } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { createDeploymentHealth } from "./deployment-health.js";

const policy = { consecutiveFailures: 2, openMs: 10_000, accountOpenMs: 60_000 };

function createHealth() {
  const clock = createFakeClock();
  return { clock, health: createDeploymentHealth(policy, clock, () => 0) };
}

type Says = "failure" | "alive" | "nothing" | "account refused";

const says: Readonly<Record<AttemptOutcome, Says>> = {
  ok: "alive",
  invalid_request: "alive",
  content_policy: "alive",
  context_too_long: "alive",
  rate_limited: "nothing",
  canceled: "nothing",
  deadline_exceeded: "nothing",
  shutting_down: "nothing",
  internal: "nothing",
  credential_rejected: "account refused",
  credit_exhausted: "account refused",
  model_missing: "failure",
  overloaded: "failure",
  connection_failed: "failure",
  headers_limit: "failure",
  first_token_limit: "failure",
  idle_limit: "failure",
  attempt_limit: "failure",
  malformed_answer: "failure",
  stream_truncated: "failure",
};

// Object.entries widens the keys that the line above has checked.
test.each(Object.entries(says) as [AttemptOutcome, Says][])("%s says: %s", (outcome, verdict) => {
  const { health } = createHealth();
  health.permit("a");
  health.record("a", "overloaded");
  health.permit("a");
  health.record("a", outcome);
  expect(health.state("a")).toBe(verdict === "failure" || verdict === "account refused" ? "open" : "closed");
  expect(health.retryAfterMs("a")).toBe(verdict === "failure" ? 10_000 : verdict === "account refused" ? 60_000 : 0);
  // One more failure tells whether the first one still counts.
  if (verdict === "alive" || verdict === "nothing") {
    health.permit("a");
    health.record("a", "overloaded");
    expect(health.state("a")).toBe(verdict === "alive" ? "closed" : "open");
  }
});

test("deployments are apart, and one never asked about is closed", () => {
  const { health } = createHealth();
  health.permit("a");
  health.record("a", "credit_exhausted");
  expect(health.permit("a")).toBe(false);
  expect(health.permit("b")).toBe(true);
  expect(health.state("c")).toBe("closed");
  expect(health.retryAfterMs("c")).toBe(0);
});

test("a call from before the breaker opened ends without a say in it: one probe at a time stays true", async () => {
  const { clock, health } = createHealth();
  const permittedAtMs = clock.now();
  for (let call = 0; call < 3; call += 1) health.permit("a");
  await clock.advance(1);
  health.record("a", "overloaded", permittedAtMs);
  health.record("a", "overloaded", permittedAtMs);
  await clock.advance(10_000);
  expect(health.permit("a")).toBe(true);
  health.record("a", "canceled", permittedAtMs);
  expect(health.permit("a")).toBe(false);
  health.record("a", "ok", clock.now());
  expect(health.state("a")).toBe("closed");
});

test("an old call's success does not close a breaker that is open", async () => {
  const { clock, health } = createHealth();
  const permittedAtMs = clock.now();
  await clock.advance(1);
  health.record("a", "credential_rejected", clock.now());
  health.record("a", "ok", permittedAtMs);
  expect(health.state("a")).toBe("open");
});
