import { contentPolicyViolation, contextLengthExceeded, parseFault } from "@meridian/relay-simulator";
import { describe, expect, test } from "vitest";
import { ask, attemptsOf } from "./testing/ask.js";
import { firstModel, secondModel, twoModels } from "./testing/two-models.js";
import { smallModel, withFailoverProxy } from "./testing/with-failover-proxy.js";

// The faults of the public failover suite that come before an answer begins. The others: failover-*.test.ts.

const rpcs = ["Chat", "StreamChat"] as const;
const transportOf = { Chat: "unary", StreamChat: "stream" } as const;
/** What an answer may take that nothing holds up, on a machine with few cores. */
const promptMs = 2_500;

/** A request that is turned down; what is expected of a call that this ends. */
const turnedDown = { code: "invalid_argument", text: "" };

describe.concurrent("429 with Retry-After once", () => {
  test.each(rpcs)("%s: the same deployment again after the delay, no earlier", (rpc) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave({ fault: parseFault("status-429;retry-after=1"), model: firstModel, times: 1 });
      const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
      const transport = transportOf[rpc];
      expect(attemptsOf(outcome.route)).toEqual([
        `${firstModel} ${transport} rate_limited`,
        `${firstModel} ${transport} ok`,
      ]);
      const [refused, answered, ...more] = proxy.asked();
      expect(more).toEqual([]);
      const waitedMs = (answered?.atMs ?? 0) - (refused?.atMs ?? 0);
      // Timers may fire a millisecond early.
      expect(waitedMs).toBeGreaterThan(998);
      expect(waitedMs).toBeLessThan(1_000 + promptMs);
    }),
  );
});

describe.concurrent("429 for ever without Retry-After", () => {
  test.each(rpcs)("%s: a few tries, then the fallback", (rpc) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave({ fault: parseFault("status-429"), model: firstModel });
      const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
      expect({ code: outcome.code, model: outcome.route?.model }).toEqual({ code: "ok", model: secondModel });
      const asked = proxy.asked();
      const beganMs = asked[0]?.atMs ?? 0;
      const early = asked.filter(({ model, atMs }) => model === firstModel && atMs - beganMs < 3_000);
      expect(early.length).toBeLessThanOrEqual(4);
      expect(asked.filter(({ model }) => model === firstModel)).toHaveLength(3);
      expect(outcome.durationMs).toBeLessThan(3_000 + promptMs);
    }),
  );
});

describe.concurrent("500 once", () => {
  test.each(rpcs)("%s: the same deployment is asked once more", (rpc) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave({ fault: parseFault("status-500"), model: firstModel, times: 1 });
      const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
      const transport = transportOf[rpc];
      expect(attemptsOf(outcome.route)).toEqual([
        `${firstModel} ${transport} overloaded`,
        `${firstModel} ${transport} ok`,
      ]);
      expect(proxy.asked()).toHaveLength(2);
      expect(outcome.text).toBe(proxy.wholeText(firstModel));
    }),
  );
});

describe.concurrent("503 for ever", () => {
  test.each(rpcs)("%s: the fallback answers", (rpc) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave({ fault: parseFault("status-503"), model: firstModel });
      const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
      const transport = transportOf[rpc];
      expect(attemptsOf(outcome.route)).toEqual([
        `${firstModel} ${transport} overloaded`,
        `${firstModel} ${transport} overloaded`,
        `${secondModel} ${transport} ok`,
      ]);
      expect(outcome.text).toBe(proxy.wholeText(secondModel));
    }),
  );
});

describe.concurrent("TCP reset before headers", () => {
  test.each(rpcs)("%s: answered by the same deployment after one reset, by the fallback after two", (rpc) =>
    withFailoverProxy(async (proxy) => {
      for (const [times, model] of [
        [1, firstModel],
        [2, secondModel],
      ] as const) {
        proxy.misbehave({ fault: parseFault("reset"), model: firstModel, times });
        const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
        const failed = Array<string>(times).fill(`${firstModel} ${transportOf[rpc]} connection_failed`);
        expect(attemptsOf(outcome.route)).toEqual([...failed, `${model} ${transportOf[rpc]} ok`]);
        expect(outcome.text).toBe(proxy.wholeText(model));
      }
    }),
  );
});

describe.concurrent("400 context_length_exceeded", () => {
  test.each(rpcs)("%s: asked once, and the caller is told where no window is larger", (rpc) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave({ fault: contextLengthExceeded(), model: firstModel });
      const outcome = await ask(proxy.clients.grpc, rpc, { ...twoModels, routing: { fallbacks: [smallModel] } });
      expect(outcome).toMatchObject({ ...turnedDown, reason: "context_too_long" });
      expect(outcome.relayMessage).toBe(contextLengthExceeded().message);
      expect(proxy.asked()).toHaveLength(1);
    }),
  );

  test.each(rpcs)("%s: asked once, and a larger window answers", (rpc) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave({ fault: contextLengthExceeded(), model: firstModel });
      const routing = { fallbacks: [smallModel, secondModel] };
      const outcome = await ask(proxy.clients.grpc, rpc, { ...twoModels, routing });
      expect(proxy.asked().map(({ model }) => model)).toEqual([firstModel, secondModel]);
      expect(outcome.text).toBe(proxy.wholeText(secondModel));
    }),
  );
});

describe.concurrent("400 content_policy_violation", () => {
  test.each(rpcs)("%s: asked once, and the reason reaches the caller", (rpc) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave({ fault: contentPolicyViolation(), model: firstModel });
      const outcome = await ask(proxy.clients.grpc, rpc, twoModels);
      expect(outcome).toMatchObject({ ...turnedDown, reason: "content_policy" });
      expect(outcome.relayMessage).toBe(contentPolicyViolation().message);
      expect(proxy.asked()).toHaveLength(1);
    }),
  );
});
