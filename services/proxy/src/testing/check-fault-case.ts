import { expect } from "vitest";
import { ask, attemptsOf } from "./ask.js";
import { type FaultCase, limitsOf } from "./fault-cases.js";
import type { FaultProxy, Protocol } from "./start-fault-proxy.js";
import { firstModel, secondModel, twoModels } from "./two-models.js";

/** What a call may take besides its limits: waits between attempts, and a machine with few cores. */
const slackMs = 2_500;

const protocolOf = {
  "first on the primary": "connect over HTTP/2",
  "always on the primary": "connect over HTTP/1.1",
  "on all": "grpc",
} as const satisfies Record<FaultCase["place"], Protocol>;

/**
 * Makes the call of a case on a proxy whose relay misbehaves, and holds it against what is expected: for the caller, for
 * the relay, in time, and with nothing left behind.
 *
 * @param received what the relay was asked to answer, oldest first
 */
export async function checkFaultCase(proxy: FaultProxy, each: FaultCase, received = proxy.asked) {
  const { fault, rpc, commit, expected } = each;
  const client = proxy.clients[protocolOf[each.place]];
  const outcome = await ask(client, rpc, { ...twoModels, routing: { ...twoModels.routing, commit } });

  const { code, reason, events, route } = outcome;
  const { usageSource, ...rest } = expected;
  expect({ code, reason, events, attempts: attemptsOf(route) }).toEqual(rest);
  expect(outcome.durationMs).toBeLessThan(limitsOf(each, proxy.test.config.dispatch.limits) + slackMs);
  // Whoever was asked last answered, or had the last word.
  const model = expected.attempts.at(-1)?.split(" ")[0] ?? "";
  expect(route?.model).toBe(model);
  if (code === "ok") {
    expect(outcome.text).toBe(proxy.wholeText(model));
    expect(outcome.finishReason).toBe("stop");
    expect(outcome.usageSource).toBe(usageSource);
    expect(outcome.completionTokens).toBeGreaterThan(10);
  }
  const asked = received().map((call) => `${call.model} ${call.stream ? "stream" : "unary"}`);
  const sent = fault === "refused" ? expected.attempts.filter((attempt) => attempt.endsWith(" ok")) : expected.attempts;
  expect(asked).toEqual(sent.map((attempt) => attempt.split(" ").slice(0, 2).join(" ")));
  await proxy.settled();
}

/** Asks each model alone, with nothing wrong any more: the fault has left no trace. */
export async function checkNextCalls(proxy: FaultProxy, { rpc, place }: FaultCase) {
  for (const model of [firstModel, secondModel]) {
    const outcome = await ask(proxy.clients[protocolOf[place]], rpc, { model, messages: twoModels.messages });
    expect(attemptsOf(outcome.route)).toEqual([`${model} ${rpc === "Chat" ? "unary" : "stream"} ok`]);
  }
  await proxy.settled();
}
