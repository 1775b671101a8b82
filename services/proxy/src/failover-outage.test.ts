import { parseFault } from "@meridian/relay-simulator";
import { describe, expect, test } from "vitest";
import { failoverLimits, isFullProfile } from "./testing/failover-profile.js";
import { makeSteadyCalls } from "./testing/steady-calls.js";
import { firstModel, secondModel } from "./testing/two-models.js";
import { withFailoverProxy } from "./testing/with-failover-proxy.js";

const [callers, callCount] = [10, 200];
// Such a breaker lets many probes through while the calls come.
const dispatch = isFullProfile ? {} : { limits: failoverLimits, breaker: { openMs: 400 } };

describe("calls at the relay during an outage of the primary", () => {
  test.each(["status-503", "reset", "silent", "status-429", "stall;after=20"])(
    "%s: at most 1.2 for each call, and every call is answered",
    (fault) =>
      withFailoverProxy(
        async (proxy) => {
          proxy.misbehave({ fault: parseFault(fault), model: firstModel });
          const goesOn = (begun: number) => begun < callCount;
          const calls = await makeSteadyCalls(proxy, { callers, restMs: 100, goesOn });
          const unanswered = calls.filter(({ code }) => code !== "ok");
          expect(unanswered.map(({ rpc, code, reason }) => `${rpc} ${code} ${reason}`)).toEqual([]);
          expect(calls).toHaveLength(callCount);
          expect(new Set(calls.map(({ route }) => route?.model))).toEqual(new Set([secondModel]));
          expect(proxy.asked().length).toBeLessThanOrEqual(1.2 * callCount);
        },
        { dispatch, concurrency: callers },
      ),
  );
});
