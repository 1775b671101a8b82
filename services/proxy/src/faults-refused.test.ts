import { setTimeout as sleep } from "node:timers/promises";
import { type RelaySimulator, startRelaySimulator } from "@meridian/relay-simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkFaultCase, checkNextCalls } from "./testing/check-fault-case.js";
import { casesOf } from "./testing/fault-cases.js";
import { faultRows } from "./testing/fault-rows.js";
import { shortLimits } from "./testing/short-limits.js";
import { testRelayKey } from "./testing/start-test-proxy.js";
import { firstModel, secondModel } from "./testing/two-models.js";
import { useFaultProxy } from "./testing/use-fault-proxy.js";

/** For how long a port refuses that does so only at first. */
const refusedMs = 250;
/** Chance being what it is here, the second try comes after that, with a margin for a machine with few cores. */
const backoffMs = 600;

/** The port of the second model. That of the first is the test proxy's own. */
let second: RelaySimulator | undefined;
const secondRelay = (): RelaySimulator => {
  if (second === undefined) throw new Error("the second relay runs only during tests");
  return second;
};
beforeAll(async () => {
  second = await startRelaySimulator({ apiKeys: [testRelayKey] });
});
afterAll(() => secondRelay().close());

const proxy = useFaultProxy({
  yaml: (firstUrl) => `${shortLimits.replace("baseMs: 10,", `baseMs: ${backoffMs},`)}
endpoints:
  - { name: first, baseUrl: "${firstUrl}", models: [${firstModel}], credentials: [{ name: key, key: "\${env:TEST_RELAY_KEY}" }] }
  - { name: second, baseUrl: "${secondRelay().baseUrl}", models: [${secondModel}], credentials: [{ name: key, key: "\${env:TEST_RELAY_KEY}" }] }
`,
  random: () => 0.99,
});

test.each(faultRows.refused.flatMap(casesOf))("$rpc, $fault $place, commit $commit", async (each) => {
  proxy.misbehave();
  secondRelay().reset();
  await proxy.relay.refuseConnections(true);
  await secondRelay().refuseConnections(each.place === "on all");
  const asked = () => [...proxy.asked(), ...secondRelay().calls.filter(({ method }) => method === "POST")];
  const recovery =
    each.place === "first on the primary"
      ? sleep(refusedMs).then(() => proxy.relay.refuseConnections(false))
      : Promise.resolve();
  await checkFaultCase(proxy, each, asked);
  await recovery;
  await proxy.relay.refuseConnections(false);
  await secondRelay().refuseConnections(false);
  await checkNextCalls(proxy, each);
  expect(secondRelay().openAnswers()).toBe(0);
});
