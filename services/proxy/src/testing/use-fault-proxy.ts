import { afterAll, beforeAll } from "vitest";
import { shortLimits } from "./short-limits.js";
import { type FaultProxy, type StartedFaultProxy, startFaultProxy } from "./start-fault-proxy.js";
import type { TestProxyOptions } from "./start-test-proxy.js";

/**
 * Starts a proxy with short limits, or with `yaml` in their place, before the tests of a file, and stops it after them,
 * see `StartedFaultProxy`. What it gives is only to be used inside of tests.
 */
export function useFaultProxy(options: TestProxyOptions = {}): FaultProxy {
  let running: StartedFaultProxy | undefined;
  const started = (): StartedFaultProxy => {
    if (running === undefined) throw new Error("the proxy runs only during tests");
    return running;
  };
  beforeAll(async () => {
    running = await startFaultProxy({ yaml: shortLimits, ...options });
  });
  afterAll(() => started().stop());

  return {
    get test() {
      return started().test;
    },
    get relay() {
      return started().relay;
    },
    get clients() {
      return started().clients;
    },
    wholeText: (model) => started().wholeText(model),
    misbehave: (...rules) => started().misbehave(...rules),
    asked: () => started().asked(),
    metric: (name, ...labels) => started().metric(name, ...labels),
    callsInFlight: () => started().callsInFlight(),
    settled: (spareSockets) => started().settled(spareSockets),
  };
}
