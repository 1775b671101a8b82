import { parseFault } from "@meridian/relay-simulator";
import { describe, expect, test } from "vitest";
import { ask, attemptsOf, type Outcome } from "./testing/ask.js";
import { failoverLimits } from "./testing/failover-profile.js";
import type { FaultProxy } from "./testing/start-fault-proxy.js";
import { firstModel, secondModel, twoModels } from "./testing/two-models.js";
import { withFailoverProxy } from "./testing/with-failover-proxy.js";

// The faults of the public failover suite in which an answer does not come, or stops.

/** What an answer may take that nothing holds up, on a machine with few cores. */
const promptMs = 2_500;
/** Of a proxy that waits for a limit. */
const waiting = { dispatch: { limits: failoverLimits } };
const rescuing = ["restart", "buffered"] as const;
const commits = ["first_token", ...rescuing] as const;

const withCommit = (commit: (typeof commits)[number]) => ({
  ...twoModels,
  routing: { fallbacks: [secondModel], commit },
});

/** A stream that fails on the first model in `reason` after content, with the commit point `first_token`. */
function expectTypedError(outcome: Outcome, code: string, reason: string) {
  expect(outcome).toMatchObject({ code, reason, text: "" });
  expect(outcome.events).toEqual(["start", "textDelta"]);
  expect(attemptsOf(outcome.route)).toEqual([`${firstModel} stream ${reason}`]);
}

/** The same with a commit point that lets the second model answer. */
function expectRescue(proxy: FaultProxy, outcome: Outcome, commit: (typeof rescuing)[number], reason: string) {
  expect(attemptsOf(outcome.route)).toEqual([`${firstModel} stream ${reason}`, `${secondModel} stream ok`]);
  expect(outcome.text).toBe(proxy.wholeText(secondModel));
  const voided = commit === "restart" ? ["start", "textDelta", "restart"] : ["start"];
  expect(outcome.events).toEqual([...voided, "textDelta", "end"]);
}

describe.concurrent("silence after the request", () => {
  const limits = [
    { rpc: "Chat", attempt: "unary attempt_limit", limitMs: failoverLimits.unaryMs },
    { rpc: "StreamChat", attempt: "stream headers_limit", limitMs: failoverLimits.headersMs },
  ] as const;

  test.each(limits)("$rpc: the fallback after the first limit; the silent one is asked once", (each) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave({ fault: parseFault("silent"), model: firstModel });
      const outcome = await ask(proxy.clients.grpc, each.rpc, twoModels);
      const [transport] = each.attempt.split(" ");
      expect(attemptsOf(outcome.route)).toEqual([`${firstModel} ${each.attempt}`, `${secondModel} ${transport} ok`]);
      expect(proxy.asked().filter(({ model }) => model === firstModel)).toHaveLength(1);
      expect(outcome.text).toBe(proxy.wholeText(secondModel));
      expect(outcome.durationMs).toBeLessThan(each.limitMs + promptMs);
    }, waiting),
  );
});

describe.concurrent("headers at once and the first token after 20 s", () => {
  test("StreamChat: the fallback at the first-token limit", () =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave({ fault: parseFault("slow-first-token;delay=20000"), model: firstModel });
      const outcome = await ask(proxy.clients.grpc, "StreamChat", twoModels);
      expect(attemptsOf(outcome.route)).toEqual([`${firstModel} stream first_token_limit`, `${secondModel} unary ok`]);
      expect(outcome.events).toEqual(["start", "textDelta", "end"]);
      expect(outcome.text).toBe(proxy.wholeText(secondModel));
      expect(outcome.durationMs).toBeGreaterThan(failoverLimits.firstTokenMs - 2);
      expect(outcome.durationMs).toBeLessThan(failoverLimits.firstTokenMs + promptMs);
    }, waiting));
});

describe.concurrent("cut after 40 of 60 tokens without a terminating chunk", () => {
  const fault = { fault: parseFault("cut;after=40"), model: firstModel };

  test("StreamChat, first_token: a typed error, never a success", () =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave(fault);
      expectTypedError(
        await ask(proxy.clients.grpc, "StreamChat", withCommit("first_token")),
        "aborted",
        "stream_truncated",
      );
      expect(proxy.asked()).toMatchObject([{ tokensSent: 40 }]);
    }));

  test.each(rescuing)("StreamChat, %s: the whole answer from the fallback", (commit) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave(fault);
      const outcome = await ask(proxy.clients.grpc, "StreamChat", withCommit(commit));
      expectRescue(proxy, outcome, commit, "stream_truncated");
    }),
  );

  test("Chat: the whole answer from the fallback", () =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave(fault);
      const outcome = await ask(proxy.clients.grpc, "Chat", twoModels);
      expect(attemptsOf(outcome.route)).toEqual([`${firstModel} unary stream_truncated`, `${secondModel} unary ok`]);
      expect(outcome.text).toBe(proxy.wholeText(secondModel));
    }));
});

describe.concurrent("20 tokens and then silence", () => {
  const fault = { fault: parseFault("stall;after=20"), model: firstModel };
  const expectInTime = (outcome: Outcome) => expect(outcome.durationMs).toBeLessThan(failoverLimits.idleMs + promptMs);
  const expectNextIsFine = async (proxy: FaultProxy) => {
    proxy.misbehave();
    const outcome = await ask(proxy.clients.grpc, "StreamChat", twoModels);
    expect(attemptsOf(outcome.route)).toEqual([`${firstModel} stream ok`]);
    expect(outcome.durationMs).toBeLessThan(promptMs);
  };

  test("StreamChat, first_token: a typed error inside the idle limit, and the next call is fine", () =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave(fault);
      const outcome = await ask(proxy.clients.grpc, "StreamChat", withCommit("first_token"));
      expectTypedError(outcome, "unavailable", "idle_limit");
      expectInTime(outcome);
      await expectNextIsFine(proxy);
    }, waiting));

  test.each(rescuing)("StreamChat, %s: the whole answer from the fallback inside the idle limit", (commit) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave(fault);
      const outcome = await ask(proxy.clients.grpc, "StreamChat", withCommit(commit));
      expectRescue(proxy, outcome, commit, "idle_limit");
      expectInTime(outcome);
      await expectNextIsFine(proxy);
    }, waiting),
  );
});

describe.concurrent("an event of invalid JSON in the middle", () => {
  test.each(commits)("StreamChat, %s: the whole answer", (commit) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave({ fault: parseFault("malformed-event;after=30"), model: firstModel });
      const outcome = await ask(proxy.clients.grpc, "StreamChat", withCommit(commit));
      expect(attemptsOf(outcome.route)).toEqual([`${firstModel} stream ok`]);
      expect(outcome.text).toBe(proxy.wholeText(firstModel));
      expect(outcome).toMatchObject({ usageSource: "reported", completionTokens: 60 });
    }),
  );
});

describe.concurrent("no [DONE]", () => {
  test.each([
    { fault: "no-done", end: "the relay ends the answer" },
    { fault: "hang-after-finish", end: "the relay keeps the connection open" },
  ])("StreamChat, $end: done promptly, usage reported", ({ fault }) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave({ fault: parseFault(fault), model: firstModel });
      const outcome = await ask(proxy.clients.grpc, "StreamChat", twoModels);
      expect(attemptsOf(outcome.route)).toEqual([`${firstModel} stream ok`]);
      expect(outcome.text).toBe(proxy.wholeText(firstModel));
      expect(outcome).toMatchObject({ finishReason: "stop", usageSource: "reported", completionTokens: 60 });
      expect(outcome.durationMs).toBeLessThan(promptMs);
    }),
  );
});

describe.concurrent("a cut stream with a fallback that rejects prefill", () => {
  test.each(commits)("%s: the caller never sees the 400", (commit) =>
    withFailoverProxy(async (proxy) => {
      proxy.misbehave(
        { fault: parseFault("cut;after=40"), model: firstModel },
        { fault: parseFault("reject-prefill"), model: secondModel },
      );
      const outcome = await ask(proxy.clients.grpc, "StreamChat", withCommit(commit));
      const [first, ...others] = proxy.asked();
      if (commit === "first_token") {
        expectTypedError(outcome, "aborted", "stream_truncated");
        expect(others).toEqual([]);
        return;
      }
      expectRescue(proxy, outcome, commit, "stream_truncated");
      expect(others).toMatchObject([{ status: 200, fault: "reject-prefill" }]);
      // The caller's own messages, without a piece of the broken answer.
      expect(others[0]?.body?.["messages"]).toEqual(first?.body?.["messages"]);
    }),
  );
});
