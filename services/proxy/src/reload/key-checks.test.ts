import { type Credential, type Endpoint, Secret } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { createKeyChecks } from "./key-checks.js";

function credentialOf(name: string, key = `sk-${name}`): Credential {
  return { name, version: name, cohort: undefined, key: new Secret(key) };
}

function endpointOf(credentials: readonly Credential[], baseUrl = "http://relay.example/v1"): Endpoint {
  return { name: "relay", baseUrl, models: undefined, credentials };
}

/** Checks whose relay answers what `statuses` say, each after 10 ms; a status of 0 is none at all. */
function start(...statuses: number[]) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const lines: unknown[] = [];
  const checks = createKeyChecks({
    endpoints: [endpointOf([credentialOf("old")])],
    probe: (_endpoint, credential, signal) =>
      new Promise((resolve, reject) => {
        asked.push(`${credential.name} ${clock.now()}`);
        const status = statuses.shift() ?? 200;
        const cancel = status === 0 ? () => {} : clock.schedule(10, () => resolve(status));
        signal.addEventListener("abort", () => {
          cancel();
          reject(signal.reason);
        });
      }),
    timeoutMs: () => 2_000,
    clock,
    random: () => 1,
    logger: { info: (...line: unknown[]) => lines.push(line), warn: (...line: unknown[]) => lines.push(line) },
  });
  return { clock, asked, lines, checks };
}

test("the keys of the start are used as they are", () => {
  const { checks, asked } = start();
  expect(checks.isChecked(credentialOf("old"))).toBe(true);
  expect(asked).toEqual([]);
});

test("a new key counts once the relay has taken it; one that was there before does at once, by whatever name", async () => {
  const { clock, asked, checks } = start(200);
  const [fresh, renamed] = [credentialOf("new"), credentialOf("renamed", "sk-old")];
  checks.follow([endpointOf([fresh, renamed])]);
  expect([fresh, renamed].map(checks.isChecked)).toEqual([false, true]);
  await clock.advance(10);
  expect(checks.isChecked(fresh)).toBe(true);
  expect(asked).toEqual(["new 0"]);
  // The next configuration knows it.
  const again = credentialOf("new");
  checks.follow([endpointOf([again])]);
  expect(checks.isChecked(again)).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

test("the same key at another address is checked again", () => {
  const { checks } = start();
  const moved = credentialOf("old");
  checks.follow([endpointOf([moved], "http://elsewhere.example/v1")]);
  expect(checks.isChecked(moved)).toBe(false);
  checks.stop();
});

test("a key that is not taken is asked about again, ever more seldom, and told of without its value", async () => {
  const { clock, asked, lines, checks } = start(401, 500, 0, 401, 401, 401, 401, 200);
  const fresh = credentialOf("new");
  checks.follow([endpointOf([fresh])]);
  await clock.advance(60_000);
  expect(checks.isChecked(fresh)).toBe(false);
  await clock.advance(60_000);
  expect(checks.isChecked(fresh)).toBe(true);
  const times = asked.map((each) => Number(each.split(" ")[1]));
  // Each 10 ms of the check after the wait before; the third has waited for its limit.
  expect(times).toEqual([0, 1_010, 3_020, 9_020, 17_030, 33_040, 63_050, 93_060]);
  expect(lines).toHaveLength(8);
  expect(JSON.stringify(lines)).not.toContain("sk-new");
  expect(clock.pendingTimers).toBe(0);
});

test.each(["waits for its next check", "is being checked"])(
  "a key that goes while it %s leaves nothing behind",
  async (when) => {
    const { clock, asked, checks } = start(401, 200);
    checks.follow([endpointOf([credentialOf("new"), credentialOf("old")])]);
    await clock.advance(when === "is being checked" ? 5 : 500);
    checks.follow([endpointOf([credentialOf("old")])]);
    await clock.advance(60_000);
    expect(asked).toEqual(["new 0"]);
    expect(clock.pendingTimers).toBe(0);
  },
);
