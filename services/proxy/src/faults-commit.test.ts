import { user } from "@meridian/inference-client";
import { parseFault } from "@meridian/relay-simulator";
import { describe, expect, test } from "vitest";
import { ask, attemptsOf } from "./testing/ask.js";
import { firstModel, protocols, secondModel, twoModels, useFaultProxy } from "./testing/use-fault-proxy.js";

const proxy = useFaultProxy();

/** Faults after the first token, and how often a model with them is asked. */
const faults = [
  { fault: "cut;after=3", code: "aborted", reason: "stream_truncated", tries: 1 },
  { fault: "cut;after=30", code: "aborted", reason: "stream_truncated", tries: 1 },
  { fault: "stall;after=3", code: "unavailable", reason: "idle_limit", tries: 1 },
  { fault: "error-event;after=3", code: "unavailable", reason: "overloaded", tries: 2 },
  { fault: "no-finish-reason", code: "aborted", reason: "stream_truncated", tries: 1 },
];

const failed = (model: string, reason: string, tries: number) => Array<string>(tries).fill(`${model} stream ${reason}`);
const withCommit = (commit: string) => ({ ...twoModels, routing: { fallbacks: [secondModel], commit } });

describe.each(protocols)("%s", (protocol) => {
  const stream = (commit: string) => ask(proxy.clients[protocol], "StreamChat", withCommit(commit));

  describe.each(faults)("$fault", ({ fault, code, reason, tries }) => {
    test.each(["", "first_token"])('commit "%s": an error after what came', async (commit) => {
      proxy.misbehave({ fault: parseFault(fault), model: firstModel });
      const outcome = await stream(commit);
      expect({ code: outcome.code, reason: outcome.reason }).toEqual({ code, reason });
      expect(outcome.events).toEqual(["start", "textDelta"]);
      expect(attemptsOf(outcome.route)).toEqual(failed(firstModel, reason, 1));
      expect(proxy.asked()).toHaveLength(1);
      await proxy.settled();
    });

    test('commit "restart": then the whole answer of another', async () => {
      proxy.misbehave({ fault: parseFault(fault), model: firstModel });
      const outcome = await stream("restart");
      expect(outcome.code).toBe("ok");
      const restarts = Array<string[]>(tries).fill(["restart", "textDelta"]).flat();
      expect(outcome.events).toEqual(["start", "textDelta", ...restarts, "end"]);
      expect(outcome.text).toBe(proxy.wholeText(secondModel));
      expect(attemptsOf(outcome.route)).toEqual([...failed(firstModel, reason, tries), `${secondModel} stream ok`]);
      expect(proxy.asked()).toHaveLength(tries + 1);
      await proxy.settled();
    });

    test('commit "restart" where nobody is well: an error and no end', async () => {
      proxy.misbehave({ fault: parseFault(fault) });
      const outcome = await stream("restart");
      expect({ code: outcome.code, reason: outcome.reason }).toEqual({ code, reason });
      expect(outcome.events.slice(0, 2)).toEqual(["start", "textDelta"]);
      expect(outcome.events).not.toContain("end");
      expect(attemptsOf(outcome.route)).toEqual([
        ...failed(firstModel, reason, tries),
        ...failed(secondModel, reason, tries),
      ]);
      await proxy.settled();
    });

    test('commit "buffered": rescued unseen', async () => {
      proxy.misbehave({ fault: parseFault(fault), model: firstModel });
      const outcome = await stream("buffered");
      expect(outcome.code).toBe("ok");
      expect(outcome.events).toEqual(["start", "textDelta", "end"]);
      expect(outcome.text).toBe(proxy.wholeText(secondModel));
      expect(attemptsOf(outcome.route)).toEqual([...failed(firstModel, reason, tries), `${secondModel} stream ok`]);
      await proxy.settled();
    });

    test('commit "buffered" where nobody is well: an error and nothing else', async () => {
      proxy.misbehave({ fault: parseFault(fault) });
      const outcome = await stream("buffered");
      expect({ code: outcome.code, reason: outcome.reason }).toEqual({ code, reason });
      expect(outcome.events).toEqual([]);
      expect(proxy.asked()).toHaveLength(2 * tries);
      await proxy.settled();
    });
  });
});

test("a restart says why and who answers now, and the report counts what was thrown away", async () => {
  proxy.misbehave({ fault: parseFault("cut;after=5"), model: firstModel });
  const events = await Array.fromAsync(proxy.clients.grpc.streamChat(withCommit("restart")));
  const restart = events.map(({ event }) => event).find((event) => event.case === "restart");
  expect(restart?.value).toMatchObject({ reason: "stream_truncated", model: secondModel });
  const last = events.at(-1)?.event;
  const attempts = last?.case === "end" ? (last.value.route?.attempts ?? []) : [];
  expect(attempts.map(({ outcome, costSource }) => ({ outcome, costSource }))).toEqual([
    { outcome: "stream_truncated", costSource: "estimated" },
    { outcome: "ok", costSource: "reported" },
  ]);
  expect(attempts[0]?.completionTokens).toBeGreaterThan(0);
});

test("a stream without a first token, with nobody else to ask: the same model is asked for a whole answer", async () => {
  const request = { model: firstModel, messages: [user("Tell me about the weather in Jakarta")] };
  proxy.misbehave({ fault: parseFault("slow-first-token"), stream: true });
  const outcome = await ask(proxy.clients.grpc, "StreamChat", request);
  expect(attemptsOf(outcome.route)).toEqual([`${firstModel} stream first_token_limit`, `${firstModel} unary ok`]);
  expect(outcome.events).toEqual(["start", "textDelta", "end"]);
  expect(outcome.text).toBe(proxy.wholeText(firstModel));
  await proxy.settled();
});
