import type { FaultProxy } from "./start-fault-proxy.js";
import type { TestProxyOptions } from "./start-test-proxy.js";
import { useFaultProxy } from "./use-fault-proxy.js";

/** Runs a test on a proxy and a relay that no other test uses meanwhile. */
export type OnLane = (run: (proxy: FaultProxy) => Promise<void>) => Promise<void>;

/**
 * Starts several proxies, see `useFaultProxy`, so that tests that mostly wait can do so at the same time: for the
 * `describe.concurrent` of a file. More tests than lanes wait for their turn.
 */
export function useLanes(count: number, options: TestProxyOptions = {}): OnLane {
  const free = Array.from({ length: count }, () => useFaultProxy(options));
  const waiting: ((proxy: FaultProxy) => void)[] = [];
  return async (run) => {
    const proxy = free.pop() ?? (await new Promise<FaultProxy>((resolve) => waiting.push(resolve)));
    try {
      await run(proxy);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free.push(proxy);
      else next(proxy);
    }
  };
}
