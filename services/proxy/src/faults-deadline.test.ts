import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { inferenceErrorFrom } from "@meridian/inference-client";
import { InferenceService } from "@meridian/inference-proto";
import { defaultModels, parseFault } from "@meridian/relay-simulator";
import { describe, expect, test } from "vitest";
import { attemptsOf, type Rpc } from "./testing/ask.js";
import { shortLimits } from "./testing/short-limits.js";
import { type Protocol, protocols } from "./testing/start-fault-proxy.js";
import { firstModel, secondModel, twoModels } from "./testing/two-models.js";
import { useFaultProxy } from "./testing/use-fault-proxy.js";

const deadlineMs = 300;
const rpcs = ["Chat", "StreamChat"] as const;

/** A call with a deadline that only the server keeps: the client sends the header and has no timer of its own. */
async function failure(url: string, protocol: Protocol, rpc: Rpc, request = twoModels) {
  const nodeOptions = { agent: false } as const;
  const transport =
    protocol === "grpc"
      ? createGrpcTransport({ baseUrl: url, idleConnectionTimeoutMs: 1_000 })
      : protocol === "connect over HTTP/2"
        ? createConnectTransport({ baseUrl: url, httpVersion: "2", idleConnectionTimeoutMs: 1_000 })
        : createConnectTransport({ baseUrl: url, httpVersion: "1.1", nodeOptions });
  const client = createClient(InferenceService, transport);
  const headers: Record<string, string> =
    protocol === "grpc" ? { "grpc-timeout": `${deadlineMs}m` } : { "connect-timeout-ms": String(deadlineMs) };
  const events: string[] = [];
  const startedMs = performance.now();
  try {
    if (rpc === "Chat") await client.chat(request, { headers });
    else for await (const { event } of client.streamChat(request, { headers })) events.push(event.case ?? "unknown");
  } catch (error) {
    const { code, reason, route } = inferenceErrorFrom(error);
    return { code, reason, attempts: attemptsOf(route), events, durationMs: performance.now() - startedMs };
  }
  throw new Error("the call did not fail");
}

type Failure = Awaited<ReturnType<typeof failure>>;

function expectDeadline({ code, reason, durationMs }: Failure): void {
  expect({ code, reason }).toEqual({ code: "deadline_exceeded", reason: "deadline_exceeded" });
  // A timer may be early by a fraction of a millisecond, and this machine late by many.
  expect(durationMs).toBeGreaterThan(290);
  expect(durationMs).toBeLessThan(600);
}

describe.each(protocols)("%s", (protocol) => {
  describe("one attempt that would go on", () => {
    // The whole of the deadline for the first attempt, as a call has it that may go nowhere else.
    const yaml = "dispatch: { retry: { deadlineShare: 1 } }\nprobe: { intervalMs: 3600000 }";
    const proxy = useFaultProxy({ yaml });

    const cases = [
      { fault: "silent", rpc: "Chat", transport: "unary", events: [] },
      { fault: "silent", rpc: "StreamChat", transport: "stream", events: [] },
      { fault: "slow-first-token", rpc: "StreamChat", transport: "stream", events: [] },
      { fault: "stall", rpc: "Chat", transport: "unary", events: [] },
      {
        fault: "stall",
        rpc: "StreamChat",
        transport: "stream",
        events: ["start", "textDelta", "textDelta", "textDelta"],
      },
    ] as const;

    test.each(cases)("$rpc over $fault", async ({ fault, rpc, transport, events }) => {
      proxy.misbehave({ fault: parseFault(fault) });
      const outcome = await failure(proxy.test.proxy.url, protocol, rpc);
      const answeredAtMs = performance.now();
      expectDeadline(outcome);
      expect(outcome.attempts).toEqual([`${firstModel} ${transport} deadline_exceeded`]);
      expect(outcome.events).toEqual(events);
      await proxy.settled();
      const [call, ...more] = proxy.asked();
      expect(more).toEqual([]);
      expect(call?.outcome).toBe("client_closed");
      expect(call?.closedAtMs).toBeLessThan(answeredAtMs + 100);
    });

    test("StreamChat that is held back over a stall", async () => {
      proxy.misbehave({ fault: parseFault("stall") });
      const request = { ...twoModels, routing: { fallbacks: [secondModel], commit: "buffered" } };
      const outcome = await failure(proxy.test.proxy.url, protocol, "StreamChat", request);
      expectDeadline(outcome);
      expect(outcome.events).toEqual([]);
      await proxy.settled();
    });
  });

  describe("attempts that fail on the way", () => {
    const proxy = useFaultProxy({
      yaml: shortLimits.replace(/limits: {.*}/, "limits: { headersMs: 120, firstTokenMs: 120, unaryMs: 120 }"),
    });

    // Each attempt leaves room for the next, until nobody else is left to ask.
    test.each(rpcs)("%s over a silent relay that is given up three times before", async (rpc) => {
      proxy.misbehave({ fault: parseFault("silent") });
      const fallbacks = [secondModel, "claude-sonnet-4.5", "deepseek-v3.2"];
      const outcome = await failure(proxy.test.proxy.url, protocol, rpc, { ...twoModels, routing: { fallbacks } });
      expectDeadline(outcome);
      const [transport, limit] = rpc === "Chat" ? ["unary", "attempt_limit"] : ["stream", "headers_limit"];
      expect(outcome.attempts).toEqual([
        `${firstModel} ${transport} ${limit}`,
        `${secondModel} ${transport} ${limit}`,
        `claude-sonnet-4.5 ${transport} ${limit}`,
        `deepseek-v3.2 ${transport} deadline_exceeded`,
      ]);
      expect(proxy.asked()).toHaveLength(4);
      await proxy.settled();
    });
  });

  describe("429 for ever", () => {
    const yaml = shortLimits
      .replace("retry: {", "retry: { maxAttempts: 50, rateLimitedTries: 20, deadlineShare: 1,")
      .replace("baseMs: 10, maxMs: 2000", "baseMs: 1, maxMs: 10");
    const slow = useFaultProxy({ yaml, relay: { models: defaultModels.map(({ id }) => ({ id, latencyMs: 70 })) } });

    test.each(rpcs)("%s from a relay that takes its time", async (rpc) => {
      slow.misbehave({ fault: parseFault("status-429") });
      const outcome = await failure(slow.test.proxy.url, protocol, rpc);
      expectDeadline(outcome);
      expect(outcome.attempts.length).toBeGreaterThan(2);
      // The deadline ends the last attempt, or the wait after it.
      expect(outcome.attempts.at(-1)).toMatch(/ (deadline_exceeded|rate_limited)$/);
      expect(outcome.attempts.slice(0, -1).every((attempt) => attempt.endsWith(" rate_limited"))).toBe(true);
      await slow.settled();
      // An attempt that the deadline ends as it begins may never reach the relay; one that is not reported never does.
      expect(slow.asked().length).toBeLessThanOrEqual(outcome.attempts.length);
      expect(slow.asked().length).toBeGreaterThanOrEqual(outcome.attempts.length - 1);
    });
  });

  describe("a backoff that would end after it", () => {
    const proxy = useFaultProxy();

    // No wait is begun that does not fit: the call ends before its deadline, with what the relay said.
    test.each(rpcs)("%s does not wait for a Retry-After that is longer", async (rpc) => {
      proxy.misbehave({ fault: parseFault("status-429;retry-after=1") });
      // Other models for each: the Retry-After keeps those out that said it.
      const otherModels = { ...twoModels, model: "claude-sonnet-4.5", routing: { fallbacks: ["deepseek-v3.2"] } };
      const request = rpc === "Chat" ? twoModels : otherModels;
      const outcome = await failure(proxy.test.proxy.url, protocol, rpc, request);
      expect({ code: outcome.code, reason: outcome.reason }).toEqual({
        code: "resource_exhausted",
        reason: "rate_limited",
      });
      expect(outcome.durationMs).toBeLessThan(290);
      expect(proxy.asked()).toHaveLength(2);
      await proxy.settled();
    });
  });
});
