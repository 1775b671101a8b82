import { afterAll, beforeAll } from "vitest";
import { startTestProxy, type TestProxy, type TestProxyOptions } from "./start-test-proxy.js";

/** Gives the tests of the file, or of the `describe` around it, a proxy of their own. Fails where it leaves anything open. */
export function useTestProxy(options: TestProxyOptions = {}): () => TestProxy {
  let target: TestProxy | undefined;
  beforeAll(async () => {
    target = await startTestProxy(options);
  });
  afterAll(() => target?.stop());
  return () => {
    if (target === undefined) throw new Error("the proxy has not started");
    return target;
  };
}
