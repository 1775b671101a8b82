import { user } from "@meridian/inference-client";
import { defaultModels, parseFault, type RelaySimulator, startRelaySimulator } from "@meridian/relay-simulator";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ask } from "./testing/ask.js";
import { clientOf } from "./testing/client-of.js";
import { startTestProxy, type TestProxy } from "./testing/start-test-proxy.js";

const model = "gpt-4.1";
const farMs = 300;
/** Of a first content that is slow. It decays for seconds before the endpoint is taken for as fast as the far one. */
const slowMs = 600;

let far: RelaySimulator;
let running: TestProxy;

beforeAll(async () => {
  const models = defaultModels.map((simulated) => ({ ...simulated, latencyMs: farMs }));
  far = await startRelaySimulator({ models, listLatencyMs: farMs });
  const credentials = 'credentials: [{ name: key, key: "${env:TEST_RELAY_KEY}" }]';
  running = await startTestProxy({
    yaml: (near) => `
probe: { intervalMs: 2000 }
endpoints:
  - { name: far, baseUrl: "${far.baseUrl}", ${credentials} }
  - { name: near, baseUrl: "${near}", ${credentials} }
`,
  });
});

afterAll(async () => {
  await running.stop();
  await far.waitUntilIdle(5_000);
  await far.close();
});

test("streams leave an endpoint that turns slow, and come back when it is well", { timeout: 60_000 }, async () => {
  const client = clientOf(running);
  const request = { model, messages: [user("Tell me about the weather")] };
  const stream = async () => (await ask(client, "StreamChat", request)).route?.endpoint;
  const explained = async () => {
    const { candidates } = await client.explainRoute(request);
    return candidates.map(({ endpoint, reason }) => `${endpoint}: ${reason.replace(/^.*; |, \d+ ms$/g, "")}`);
  };

  running.relay.setFaults([]);
  // The first probes of a process are late: it is still loading. Those after them tell the distance.
  await vi.waitFor(
    async () => {
      expect(await explained()).toEqual(["near: fastest endpoint", "far: next endpoint"]);
      expect((await client.explainRoute(request)).candidates[1]?.latencyMs).toBeLessThan(slowMs - 150);
    },
    { timeout: 30_000, interval: 100 },
  );
  expect([await stream(), await stream(), await stream()]).toEqual(["near", "near", "near"]);

  // Headers and comments come at once; only the content is late.
  running.relay.setFaults([{ fault: parseFault(`slow-first-token;delay=${slowMs}`), stream: true }]);
  expect(await stream()).toBe("near");
  // How many it takes depends on how even this machine was before; endpoint-choice.test.ts counts them on a clock of its own.
  await vi.waitFor(async () => expect(await stream()).toBe("far"), { timeout: 30_000, interval: 10 });
  expect(await explained()).toEqual(["far: fastest endpoint", "near: next endpoint"]);

  running.relay.setFaults([]);
  await vi.waitFor(async () => expect(await stream()).toBe("near"), { timeout: 30_000, interval: 10 });
});
