import { setTimeout as sleep } from "node:timers/promises";
import { parseFault } from "@meridian/relay-simulator";
import { describe, expect, test } from "vitest";
import { isFullProfile } from "./testing/failover-profile.js";
import { makeSteadyCalls } from "./testing/steady-calls.js";
import { firstModel, secondModel } from "./testing/two-models.js";
import { withFailoverProxy } from "./testing/with-failover-proxy.js";

/** An outage of 60 s and the breaker that ships, or both and the time to come back scaled to a tenth. */
const outage = isFullProfile
  ? { downMs: 60_000, openMs: 10_000, backWithinMs: 30_000, restMs: 100 }
  : { downMs: 6_000, openMs: 1_000, backWithinMs: 3_000, restMs: 25 };
/** Failures in a row that open the breaker, as it ships. */
const consecutiveFailures = 5;

describe("down for 60 s and then healthy", () => {
  test("the fallback answers meanwhile, probes are few, and the primary answers soon after", () => {
    const callers = 4;
    const dispatch = { breaker: { openMs: outage.openMs } };
    return withFailoverProxy(
      async (proxy) => {
        proxy.misbehave({ fault: parseFault("reset"), model: firstModel });
        let isDown = true;
        let recoveredAtMs = Number.POSITIVE_INFINITY;
        const recovery = sleep(outage.downMs).then(() => {
          proxy.relay.setFaults([]);
          isDown = false;
          recoveredAtMs = performance.now();
        });
        let isBack = false;
        const goesOn = () => {
          isBack ||= proxy.asked().some(({ model, outcome }) => model === firstModel && outcome === "answered");
          return isDown || (!isBack && performance.now() - recoveredAtMs < 2 * outage.backWithinMs);
        };
        const calls = await makeSteadyCalls(proxy, { callers, restMs: outage.restMs, goesOn });
        await recovery;

        expect(calls.filter(({ code }) => code !== "ok")).toEqual([]);
        const meanwhile = calls.filter(({ beganAtMs, durationMs }) => beganAtMs + durationMs < recoveredAtMs);
        expect(meanwhile.length).toBeGreaterThan(20);
        expect(new Set(meanwhile.map(({ route }) => route?.model))).toEqual(new Set([secondModel]));

        const onPrimary = proxy.asked().filter(({ model }) => model === firstModel);
        const back = onPrimary.find(({ outcome }) => outcome === "answered");
        expect((back?.atMs ?? Number.POSITIVE_INFINITY) - recoveredAtMs).toBeLessThan(outage.backWithinMs);
        // Those that open the breaker, those that are on their way as it opens, and one probe each time that it half-opens.
        const probes = Math.ceil(outage.downMs / outage.openMs);
        const failed = onPrimary.filter(({ outcome }) => outcome === "cut");
        expect(failed.length).toBeLessThanOrEqual(consecutiveFailures + callers + probes);
        expect(failed.length).toBeGreaterThan(consecutiveFailures);
      },
      { dispatch, concurrency: callers },
    );
  });
});
