import { contentPolicyViolation, contextLengthExceeded, parseFault } from "@meridian/relay-simulator";
import { describe, expect, test } from "vitest";
import { ask, attemptsOf } from "./testing/ask.js";
import { shortLimits } from "./testing/short-limits.js";
import { testRelayKey } from "./testing/start-test-proxy.js";
import { firstModel, protocols, secondModel, twoModels, useFaultProxy } from "./testing/use-fault-proxy.js";

const rpcs = ["Chat", "StreamChat"] as const;
const transportOf = { Chat: "unary", StreamChat: "stream" } as const;

describe("a refusal of the request", () => {
  const proxy = useFaultProxy();

  test.each(rpcs)("%s: a context that is too long goes on only to a larger window", async (rpc) => {
    proxy.misbehave({ fault: contextLengthExceeded(), model: firstModel });
    const toSmaller = await ask(proxy.clients.grpc, rpc, { ...twoModels, routing: { fallbacks: ["deepseek-v3.2"] } });
    expect({ code: toSmaller.code, reason: toSmaller.reason }).toEqual({
      code: "invalid_argument",
      reason: "context_too_long",
    });
    expect(toSmaller.relayMessage).toBe(contextLengthExceeded().message);
    expect(proxy.asked()).toHaveLength(1);

    proxy.misbehave({ fault: contextLengthExceeded(), model: firstModel });
    const fallbacks = ["deepseek-v3.2", secondModel];
    const toLarger = await ask(proxy.clients.grpc, rpc, { ...twoModels, routing: { fallbacks } });
    expect(toLarger.route?.attempts.map(({ model }) => model)).toEqual([firstModel, secondModel]);
    expect(toLarger.code).toBe("ok");
  });

  const refusals = [
    { name: "the content policy's", fault: contentPolicyViolation(), reason: "content_policy" },
    { name: "a bad parameter's", fault: parseFault("status-400;message=stop: too many"), reason: "invalid_request" },
    { name: "a 422's", fault: parseFault("status-422;message=n must be 1"), reason: "invalid_request" },
  ].flatMap((each) => protocols.map((protocol) => ({ protocol, ...each })));

  test.each(refusals)("$name words reach the caller, $protocol", async ({ protocol, fault, reason }) => {
    const message = "message" in fault ? fault.message : undefined;
    for (const rpc of rpcs) {
      proxy.misbehave({ fault });
      const outcome = await ask(proxy.clients[protocol], rpc, twoModels);
      expect(outcome.code).toBe("invalid_argument");
      expect(outcome.reason).toBe(reason);
      expect(outcome.relayMessage).toBe(message);
      expect(proxy.asked()).toHaveLength(1);
    }
  });

  test.each(rpcs)("%s: the relay's key is cut out of its words", async (rpc) => {
    proxy.misbehave({ fault: { kind: "status", status: 400, message: `bad key ${testRelayKey}` } });
    const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
    expect(outcome.relayMessage).toBe("bad key [redacted]");
  });
});

describe("a port that refuses", () => {
  const proxy = useFaultProxy();

  test.each(protocols)("every model's, %s: an error, and well as soon as it listens again", async (protocol) => {
    for (const rpc of rpcs) {
      proxy.misbehave();
      await proxy.relay.refuseConnections(true);
      const outcome = await ask(proxy.clients[protocol], rpc, twoModels);
      await proxy.relay.refuseConnections(false);
      const failed = (model: string) => `${model} ${transportOf[rpc]} connection_failed`;
      expect(attemptsOf(outcome.route)).toEqual([firstModel, firstModel, secondModel, secondModel].map(failed));
      expect({ code: outcome.code, reason: outcome.reason }).toEqual({
        code: "unavailable",
        reason: "connection_failed",
      });
      expect(proxy.asked()).toEqual([]);
      for (const model of [firstModel, secondModel]) {
        expect((await ask(proxy.clients[protocol], rpc, { ...twoModels, model })).code).toBe("ok");
      }
      await proxy.settled();
    }
  });
});

describe("a port that refuses, of the first model alone", () => {
  const proxy = useFaultProxy({
    yaml: (baseUrl) => `${shortLimits}
endpoints:
  # Nobody listens there: it takes a privilege.
  - { name: dead, baseUrl: "http://127.0.0.1:1/v1", models: [${firstModel}], credentials: [{ name: key, key: "\${env:TEST_RELAY_KEY}" }] }
  - { name: live, baseUrl: "${baseUrl}", models: [${secondModel}], credentials: [{ name: key, key: "\${env:TEST_RELAY_KEY}" }] }
`,
  });

  test.each(rpcs)("%s is answered by the other", async (rpc) => {
    proxy.misbehave();
    const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
    expect(outcome.route?.attempts.map(({ endpoint, outcome }) => `${endpoint} ${outcome}`)).toEqual([
      "dead connection_failed",
      "dead connection_failed",
      "live ok",
    ]);
    expect(outcome.route?.endpoint).toBe("live");
    expect(proxy.asked()).toHaveLength(1);
    await proxy.settled();
  });
});
