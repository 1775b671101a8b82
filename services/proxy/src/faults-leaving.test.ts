import { setTimeout as sleep } from "node:timers/promises";
import { parseFault, type ReceivedCall } from "@meridian/relay-simulator";
import { describe, expect, test, vi } from "vitest";
import type { Rpc } from "./testing/ask.js";
import { hasStopped } from "./testing/has-stopped.js";
import { type Leaving, leavings, type RawCall, type RawRequest, startRawCall } from "./testing/raw-call.js";
import { firstModel, secondModel, twoModels } from "./testing/two-models.js";
import { useFaultProxy } from "./testing/use-fault-proxy.js";

/** Within which the relay's socket has to be closed after the caller has left, in milliseconds. */
const limitMs = 100;

const slowModel = "deepseek-v3.2";
const longModel = "claude-sonnet-4.5";
/** Much more than all buffers on the way hold: some 50 MB of events, where the sockets of one machine take up to ten. */
const longTokens = 1_000_000;

// The limits of the product, not those of the other tests: here only the caller ends anything.
const proxy = useFaultProxy({
  yaml: "probe: { intervalMs: 3600000 }",
  relay: {
    models: [
      { id: firstModel },
      { id: secondModel },
      { id: slowModel, tokensPerSecond: 20 },
      { id: longModel, answerTokens: longTokens },
    ],
  },
});

/** Where in a call its caller leaves. */
interface Moment {
  readonly name: string;
  readonly rpc: Rpc;
  /** Undefined: nothing is wrong with the relay. */
  readonly fault: string | undefined;
  readonly request: RawRequest;
  /** Whether the relay's call is where the caller leaves. */
  readonly isReached: (call: ReceivedCall) => boolean;
  /** What the caller itself waits for: nothing, its first bytes, or that, having read those, it is sent no more. */
  readonly caller: "waits" | "reads" | "stops reading";
}

const request = { ...twoModels, messages: [{ role: "user", content: "Tell me about the weather in Jakarta" }] };
const buffered = { ...request, routing: { ...request.routing, commit: "buffered" } };
const slow = { ...request, model: slowModel };
const long = { ...request, model: longModel, max_tokens: longTokens };
const isAsked = (call: ReceivedCall) => call.fault !== undefined;
const hasHeaders = (call: ReceivedCall) => call.status === 200;
const hasTokens = (call: ReceivedCall) => call.tokensSent >= 3;

const moment = (
  name: string,
  rpc: Rpc,
  fault: string | undefined,
  isReached: Moment["isReached"],
  caller: Moment["caller"] = "waits",
  asked: RawRequest = request,
): Moment => ({ name, rpc, fault, request: asked, isReached, caller });

const moments: readonly Moment[] = [
  moment("a unary call without an answer", "Chat", "silent", isAsked),
  moment("a unary call with half an answer", "Chat", "stall", hasHeaders),
  moment("a stream without headers", "StreamChat", "silent", isAsked),
  moment("a stream before the first token", "StreamChat", "slow-first-token", hasHeaders),
  moment("a stream that stands still", "StreamChat", "stall", hasTokens, "reads"),
  moment("a stream that runs", "StreamChat", undefined, hasTokens, "reads", slow),
  moment("a stream that is held back", "StreamChat", "stall", hasTokens, "waits", buffered),
  moment("a stream that is not read", "StreamChat", undefined, hasTokens, "stops reading", long),
];

describe.each(leavings)("%s", (leaving) => {
  test.each(moments)("$name: the relay's socket is closed at once, and nobody else is asked", async (moment) => {
    const closedAfterMs = await bestOfThree(async () => {
      proxy.misbehave(...(moment.fault === undefined ? [] : [{ fault: parseFault(moment.fault) }]));
      const raw = startRawCall(proxy.test.proxy.url, leaving, moment.rpc, moment.request);
      await proxy.relay.whenCalled((call) => call.method === "POST" && moment.isReached(call));
      if (moment.caller !== "waits") await raw.firstBytes;
      if (moment.caller === "stops reading") {
        raw.pause();
        await hasStopped(() => proxy.asked()[0]?.tokensSent);
      }
      const leftAtMs = leave(raw);
      const call = await proxy.relay.whenCalled(({ closedAtMs }) => closedAtMs !== undefined);
      expect(call.outcome).toBe("client_closed");
      await raw.closed;
      await proxy.settled();
      expect(proxy.asked()).toHaveLength(1);
      expect(lastCall()).toMatchObject({ code: "canceled", rpc: moment.rpc, attempts: [{ outcome: "canceled" }] });
      return (call.closedAtMs ?? Number.POSITIVE_INFINITY) - leftAtMs;
    });
    expect(closedAfterMs).toBeLessThan(limitMs);
  });

  test.each(["Chat", "StreamChat"] as const)(
    "%s in a backoff: the call ends at once and asks nobody afterwards",
    async (rpc) => {
      const endedAfterMs = await bestOfThree(() => leaveInBackoff(leaving, rpc));
      expect(endedAfterMs).toBeLessThan(limitMs);
    },
  );
});

async function leaveInBackoff(leaving: Leaving, rpc: Rpc): Promise<number> {
  const waitMs = 400;
  proxy.misbehave({ fault: parseFault(`status-429;retry-after-text=${waitMs / 1_000}`) });
  const before = callsEnded();
  const raw = startRawCall(proxy.test.proxy.url, leaving, rpc, request);
  const refused = await proxy.relay.whenCalled(({ outcome }) => outcome === "answered");
  // The answer is on its way; the wait has to have begun.
  await sleep(waitMs / 4);
  const leftAtMs = leave(raw);
  await vi.waitFor(() => expect(callsEnded()).toBe(before + 1), { timeout: 2_000, interval: 1 });
  const endedAfterMs = performance.now() - leftAtMs;
  expect(lastCall()).toMatchObject({ code: "canceled", rpc, attempts: [{ outcome: "rate_limited" }] });
  await raw.closed;
  // Nothing can tell of an attempt that is never made: the time at which it would have been has to pass.
  await sleep(refused.atMs + waitMs + 100 - performance.now());
  expect(proxy.asked().map(({ model }) => model)).toEqual([firstModel]);
  await proxy.settled();
  return endedAfterMs;
}

function leave(raw: RawCall): number {
  const leftAtMs = performance.now();
  raw.leave();
  return leftAtMs;
}

/** On a machine that stands still for a moment, a time says little: the best of three is what the proxy needs. */
async function bestOfThree(measureMs: () => Promise<number>): Promise<number> {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3 && bestMs >= limitMs; round++) bestMs = Math.min(bestMs, await measureMs());
  return bestMs;
}

const callLines = () => proxy.test.log.filter(({ msg }) => msg === "call");
const callsEnded = () => callLines().length;
const lastCall = () => callLines().at(-1);
