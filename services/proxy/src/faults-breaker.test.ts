import { parseFault } from "@meridian/relay-simulator";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ask, attemptsOf } from "./testing/ask.js";
import { shortLimits } from "./testing/short-limits.js";
import { firstModel, secondModel, twoModels } from "./testing/two-models.js";
import { useFaultProxy } from "./testing/use-fault-proxy.js";

const openMs = 400;
const proxy = useFaultProxy({
  yaml: shortLimits.replace(
    /breaker: .*/,
    `breaker: { consecutiveFailures: 3, minimumCalls: 1000, openMs: ${openMs}, accountOpenMs: ${openMs} }`,
  ),
});

const chat = () => ask(proxy.clients.grpc, "Chat", twoModels);
const askedFor = (model: string) => proxy.asked().filter((call) => call.model === model).length;

/** The breaker of a model, by ListModels and by ExplainRoute, which must agree. */
async function breakerOf(model: string): Promise<string> {
  const { models } = await proxy.clients.grpc.listModels();
  const listed = models.find(({ id }) => id === model)?.endpoints.map(({ breaker }) => breaker);
  const { candidates } = await proxy.clients.grpc.explainRoute(twoModels);
  const explained = candidates.filter((candidate) => candidate.model === model).map(({ breaker }) => breaker);
  expect(explained).toEqual(listed);
  return listed?.join() ?? "";
}

const becomes = (model: string, state: string) =>
  vi.waitFor(async () => expect(await breakerOf(model)).toBe(state), { timeout: 2_000, interval: 20 });

/** Both models answer, and their breakers are closed. */
beforeEach(async () => {
  proxy.misbehave();
  for (const model of [firstModel, secondModel]) {
    await vi.waitFor(
      async () => {
        const { code, route } = await ask(proxy.clients.grpc, "Chat", { ...twoModels, model });
        expect({ code, model: route?.model }).toEqual({ code: "ok", model });
      },
      { timeout: 5_000, interval: 20 },
    );
    expect(await breakerOf(model)).toBe("closed");
  }
});

test("a deployment that fails three times is not asked any more, and is asked again after the time", async () => {
  proxy.misbehave({ fault: parseFault("malformed-json"), model: firstModel });
  for (let call = 1; call <= 3; call++) {
    expect(await breakerOf(firstModel)).toBe("closed");
    expect((await chat()).route?.model).toBe(secondModel);
    expect(askedFor(firstModel)).toBe(call);
  }
  expect(await breakerOf(firstModel)).toBe("open");
  expect(await breakerOf(secondModel)).toBe("closed");
  const rescued = await chat();
  expect(attemptsOf(rescued.route)).toEqual([`${secondModel} unary ok`]);
  expect(askedFor(firstModel)).toBe(3);

  // The time is over, but the deployment is not well: one call finds out, and it is left alone again.
  await becomes(firstModel, "half_open");
  const probing = await chat();
  expect(attemptsOf(probing.route)).toEqual([`${firstModel} unary malformed_answer`, `${secondModel} unary ok`]);
  expect(await breakerOf(firstModel)).toBe("open");
  expect(askedFor(firstModel)).toBe(4);

  proxy.misbehave();
  await becomes(firstModel, "half_open");
  expect((await chat()).route?.model).toBe(firstModel);
  expect(await breakerOf(firstModel)).toBe("closed");
  const said = proxy.test.log.filter(({ msg }) => String(msg).startsWith("deployment is"));
  const of = { endpoint: "relay", model: firstModel };
  expect(said.slice(-3)).toEqual([
    expect.objectContaining({ level: "warn", msg: "deployment is left alone", ...of }),
    expect.objectContaining({ level: "warn", msg: "deployment is left alone", ...of }),
    expect.objectContaining({ level: "info", msg: "deployment is well again", ...of }),
  ]);
});

test("an exhausted credit opens at once", async () => {
  proxy.misbehave({ fault: parseFault("status-402"), model: firstModel });
  expect((await chat()).route?.model).toBe(secondModel);
  expect(await breakerOf(firstModel)).toBe("open");
  expect((await chat()).route?.attempts).toHaveLength(1);
  expect(askedFor(firstModel)).toBe(1);
});

test.each(["status-400", "content-policy-violation", "context-length-exceeded"])("%s opens nothing", async (fault) => {
  proxy.misbehave({ fault: parseFault(fault), model: firstModel });
  for (let call = 0; call < 4; call++) await chat();
  expect(askedFor(firstModel)).toBe(4);
  expect(await breakerOf(firstModel)).toBe("closed");
});

test("a Retry-After keeps a deployment out exactly that long, and its breaker closed afterwards", async () => {
  proxy.misbehave({ fault: parseFault("status-429;retry-after=3"), model: firstModel, times: 1 });
  // Three seconds are more than a call waits here.
  expect(attemptsOf((await chat()).route)).toEqual([`${firstModel} unary rate_limited`, `${secondModel} unary ok`]);
  const limitedAtMs = performance.now();
  expect(await breakerOf(firstModel)).toBe("open");
  for (let call = 0; call < 4; call++) expect(attemptsOf((await chat()).route)).toEqual([`${secondModel} unary ok`]);
  await vi.waitFor(async () => expect((await chat()).route?.model).toBe(firstModel), { timeout: 5_000, interval: 20 });
  expect(performance.now() - limitedAtMs).toBeGreaterThan(2_900);
  expect(await breakerOf(firstModel)).toBe("closed");
  expect(askedFor(firstModel)).toBe(2);
});

describe("with every deployment left alone", () => {
  test.each(["Chat", "StreamChat"] as const)("%s says so and when to come again, without asking", async (rpc) => {
    proxy.misbehave({ fault: parseFault("status-402") });
    expect((await chat()).code).toBe("resource_exhausted");
    proxy.misbehave();
    const outcome = await ask(proxy.clients["connect over HTTP/1.1"], rpc, twoModels);
    expect({ code: outcome.code, reason: outcome.reason }).toEqual({ code: "unavailable", reason: "circuit_open" });
    expect(outcome.retryDelayMs).toBeGreaterThan(0);
    expect(outcome.retryDelayMs).toBeLessThanOrEqual(openMs * 1.1 + 1);
    expect(outcome.route?.attempts).toEqual([]);
    expect(proxy.asked()).toEqual([]);
  });
});
