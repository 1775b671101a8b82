import type { InferenceClient } from "@meridian/inference-client";
import { parseFault } from "@meridian/relay-simulator";
import { expect, test } from "vitest";
import { ask, attemptsOf, type Outcome, type Rpc } from "./testing/ask.js";
import { type Expected, faultRows } from "./testing/fault-rows.js";
import { firstModel, secondModel, twoModels, useFaultProxy } from "./testing/use-fault-proxy.js";

/** The longest that any call of the table may take, in milliseconds: well over the sum of the limits on its way. */
const hangMs = 5_000;

const cases = faultRows.flatMap(({ fault, ...expected }) =>
  (["Chat", "StreamChat"] as const).map((rpc) => ({ fault, rpc, expected: expected[rpc] })),
);

const proxy = useFaultProxy();

test.each(cases)("$rpc over Connect, $fault on the first model", async ({ fault, rpc, expected }) => {
  const client = proxy.clients["connect over HTTP/1.1"];
  proxy.misbehave({ fault: parseFault(fault), model: firstModel });
  const outcome = await ask(client, rpc, twoModels);
  expectOutcome(outcome, rpc, expected.onFirst, expected);
  await expectRelay(expected.onFirst);
  await expectNextCallsAreFine(client, rpc);
});

test.each(cases)("$rpc over gRPC, $fault on every model", async ({ fault, rpc, expected }) => {
  const client = proxy.clients.grpc;
  proxy.misbehave({ fault: parseFault(fault) });
  const outcome = await ask(client, rpc, twoModels);
  expectOutcome(outcome, rpc, expected.onBoth, expected);
  await expectRelay(expected.onBoth);
  await expectNextCallsAreFine(client, rpc);
});

function expectOutcome(outcome: Outcome, rpc: Rpc, attempts: readonly string[], expected: Expected) {
  const { code, reason } = attempts.at(-1)?.endsWith(" ok") ? { code: "ok", reason: "" } : expected;
  expect({ code: outcome.code, reason: outcome.reason, attempts: attemptsOf(outcome.route) }).toEqual({
    code,
    reason,
    attempts,
  });
  expect(outcome.durationMs).toBeLessThan(hangMs);
  // Whoever was asked last answered, or had the last word.
  const model = attempts.at(-1)?.split(" ")[0] ?? "";
  expect(outcome.route?.model).toBe(model);
  if (code !== "ok") return expect(outcome.events).not.toContain("end");
  expect(outcome.text).toBe(proxy.wholeText(model));
  expect(outcome.finishReason).toBe("stop");
  expect(outcome.usageSource).toBe(expected.usageSource ?? "reported");
  expect(outcome.completionTokens).toBeGreaterThan(10);
  if (rpc === "StreamChat") expect(outcome.events).toEqual(["start", "textDelta", "end"]);
}

async function expectRelay(attempts: readonly string[]) {
  const asked = proxy.asked().map(({ model, stream }) => `${model} ${stream ? "stream" : "unary"}`);
  expect(asked).toEqual(attempts.map((attempt) => attempt.split(" ").slice(0, 2).join(" ")));
  await proxy.settled();
}

/** Asks both models, whose breakers may have been opened. */
async function expectNextCallsAreFine(client: InferenceClient, rpc: Rpc) {
  proxy.misbehave();
  for (const model of [firstModel, secondModel]) {
    const outcome = await ask(client, rpc, { ...twoModels, model });
    expect(attemptsOf(outcome.route)).toEqual([`${model} ${rpc === "Chat" ? "unary" : "stream"} ok`]);
  }
  await proxy.settled();
}
