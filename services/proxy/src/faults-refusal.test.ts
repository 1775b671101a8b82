import { contentPolicyViolation, contextLengthExceeded, parseFault } from "@meridian/relay-simulator";
import { describe, expect, test } from "vitest";
import { ask } from "./testing/ask.js";
import { protocols } from "./testing/start-fault-proxy.js";
import { testRelayKey } from "./testing/start-test-proxy.js";
import { firstModel, secondModel, twoModels } from "./testing/two-models.js";
import { useFaultProxy } from "./testing/use-fault-proxy.js";

const rpcs = ["Chat", "StreamChat"] as const;

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

  test.each(rpcs)("%s: a fallback that refuses the request", async (rpc) => {
    const faults = [
      { fault: parseFault("status-503"), model: firstModel },
      { fault: parseFault("status-400"), model: secondModel },
    ];
    proxy.misbehave(...faults);
    const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
    expect({ code: outcome.code, reason: outcome.reason }).toEqual({ code: "unavailable", reason: "overloaded" });
    expect(outcome.route?.attempts.at(-1)).toMatchObject({ model: secondModel, outcome: "invalid_request" });

    proxy.misbehave(...faults);
    const fallbacks = [secondModel, "deepseek-v3.2"];
    const rescued = await ask(proxy.clients.grpc, rpc, { ...twoModels, routing: { fallbacks } });
    expect({ code: rescued.code, model: rescued.route?.model }).toEqual({ code: "ok", model: "deepseek-v3.2" });
  });

  test.each(rpcs)("%s: the relay's key is cut out of its words", async (rpc) => {
    proxy.misbehave({ fault: { kind: "status", status: 400, message: `bad key ${testRelayKey}` } });
    const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
    expect(outcome.relayMessage).toBe("bad key [redacted]");
  });
});
