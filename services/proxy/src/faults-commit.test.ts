import { user } from "@meridian/inference-client";
import { parseFault } from "@meridian/relay-simulator";
import { expect, test } from "vitest";
import { ask, attemptsOf } from "./testing/ask.js";
import { firstModel, secondModel, twoModels } from "./testing/two-models.js";
import { useFaultProxy } from "./testing/use-fault-proxy.js";

const proxy = useFaultProxy();

test("a restart says why and who answers now, and the report counts what was thrown away", async () => {
  proxy.misbehave({ fault: parseFault("cut;after=5"), model: firstModel });
  const events = await Array.fromAsync(
    proxy.clients.grpc.streamChat({ ...twoModels, routing: { fallbacks: [secondModel], commit: "restart" } }),
  );
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
