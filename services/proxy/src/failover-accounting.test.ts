import { type ChatRequestInit, collect, type InferenceClient } from "@meridian/inference-client";
import { parseFault } from "@meridian/relay-simulator";
import { describe, expect, test } from "vitest";
import { attemptsOf, type Rpc } from "./testing/ask.js";
import type { FaultProxy } from "./testing/start-fault-proxy.js";
import { firstModel, secondModel, twoModels } from "./testing/two-models.js";
import { withFailoverProxy } from "./testing/with-failover-proxy.js";

const rpcs = ["Chat", "StreamChat"] as const;
/** What a token of an answer costs, in nano-USD: 8.00 and 2.50 USD for a million. */
const tokenNanoUsd = { [firstModel]: 8_000n, [secondModel]: 2_500n };
const costOf = (model: string, tokens: number) => (tokenNanoUsd[model] ?? 0n) * BigInt(tokens);

const answerOf = (client: InferenceClient, rpc: Rpc, request: ChatRequestInit) =>
  rpc === "Chat" ? client.chat(request) : collect(client.streamChat(request));

const first = `model="${firstModel}"`;
const counters: Readonly<Record<string, readonly [name: string, ...labels: string[]]>> = {
  costNanoUsd: ["meridian_cost_nano_usd_total"],
  firstCostNanoUsd: ["meridian_cost_nano_usd_total", first],
  completionTokens: ["meridian_tokens_total", 'kind="completion"'],
  firstCompletionTokens: ["meridian_tokens_total", 'kind="completion"', first],
  firstAttempts: ["meridian_attempts_total", first],
  okAttempts: ["meridian_attempts_total", 'outcome="ok"'],
};

/** What the metrics say when every call is in them. */
async function counted(proxy: FaultProxy): Promise<Readonly<Record<string, number>>> {
  await proxy.settled();
  const counts = Object.entries(counters).map(async ([key, metric]) => [key, await proxy.metric(...metric)] as const);
  return Object.fromEntries(await Promise.all(counts));
}

/** What they have counted since then. */
async function countedSince(proxy: FaultProxy, before: Readonly<Record<string, number>>) {
  return Object.fromEntries(
    Object.entries(await counted(proxy)).map(([key, count]) => [key, count - (before[key] ?? 0)]),
  );
}

describe.concurrent("fallback accounting", () => {
  test.each(rpcs)("%s: the answer is the fallback's in name, usage and cost; failed attempts cost nothing", (rpc) =>
    withFailoverProxy(async (proxy) => {
      const before = await counted(proxy);
      proxy.misbehave({ fault: parseFault("status-503"), model: firstModel });
      const { model, usage, route } = await answerOf(proxy.clients.grpc, rpc, twoModels);

      expect(model).toBe(secondModel);
      expect(route?.model).toBe(secondModel);
      expect(usage).toMatchObject({ completionTokens: 60, source: "reported" });
      const cost = costOf(secondModel, 60);
      const failed = { outcome: "overloaded", completionTokens: 0, promptTokens: 0, costNanoUsd: 0n };
      expect(route?.attempts).toMatchObject([
        failed,
        failed,
        { outcome: "ok", completionTokens: 60, promptTokens: usage?.promptTokens, costNanoUsd: cost },
      ]);
      expect(route).toMatchObject({ totalCostNanoUsd: cost, costSource: "reported" });
      expect(await countedSince(proxy, before)).toEqual({
        costNanoUsd: Number(cost),
        firstCostNanoUsd: 0,
        completionTokens: 60,
        firstCompletionTokens: 0,
        firstAttempts: 2,
        okAttempts: 1,
      });
    }),
  );

  test.each(["restart", "buffered"] as const)("StreamChat, %s: what a cut stream has cost is told apart", (commit) =>
    withFailoverProxy(async (proxy) => {
      const before = await counted(proxy);
      proxy.misbehave({ fault: parseFault("cut;after=40"), model: firstModel });
      const request = { ...twoModels, routing: { fallbacks: [secondModel], commit } };
      const { model, usage, route } = await answerOf(proxy.clients.grpc, "StreamChat", request);

      expect(attemptsOf(route)).toEqual([`${firstModel} stream stream_truncated`, `${secondModel} stream ok`]);
      expect(model).toBe(secondModel);
      // The answer's usage is that of the answer alone.
      expect(usage).toMatchObject({ completionTokens: 60, source: "reported" });
      const [cut, whole] = route?.attempts ?? [];
      expect(cut?.costSource).toBe("estimated");
      expect(cut?.completionTokens).toBeGreaterThan(20);
      expect(cut?.completionTokens).toBeLessThan(60);
      expect(cut?.costNanoUsd).toBe(costOf(firstModel, cut?.completionTokens ?? 0));
      expect(whole?.costNanoUsd).toBe(costOf(secondModel, 60));
      const total = (cut?.costNanoUsd ?? 0n) + (whole?.costNanoUsd ?? 0n);
      expect(route).toMatchObject({ totalCostNanoUsd: total, costSource: "estimated" });
      expect(await countedSince(proxy, before)).toEqual({
        costNanoUsd: Number(total),
        firstCostNanoUsd: Number(cut?.costNanoUsd),
        completionTokens: 60 + (cut?.completionTokens ?? 0),
        firstCompletionTokens: cut?.completionTokens,
        firstAttempts: 1,
        okAttempts: 1,
      });
    }),
  );

  test.each(rpcs)("%s: where nobody answers nothing is billed", (rpc) =>
    withFailoverProxy(async (proxy) => {
      const before = await counted(proxy);
      proxy.misbehave({ fault: parseFault("status-503") });
      await expect(answerOf(proxy.clients.grpc, rpc, twoModels)).rejects.toMatchObject({
        code: "unavailable",
        route: { totalCostNanoUsd: 0n },
      });
      expect(await countedSince(proxy, before)).toMatchObject({ costNanoUsd: 0, completionTokens: 0, okAttempts: 0 });
    }),
  );
});
