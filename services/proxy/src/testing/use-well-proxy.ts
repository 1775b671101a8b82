import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { callJson } from "./call-json.js";
import type { TestProxy, TestProxyOptions } from "./start-test-proxy.js";
import { useTestProxy } from "./use-test-proxy.js";

/** As `useTestProxy`, and after each test the process is well: it answers, nothing is left open, nothing was thrown. */
export function useWellProxy(options: TestProxyOptions = {}): () => TestProxy {
  const faults: unknown[] = [];
  const onFault = (error: unknown) => faults.push(error);
  beforeAll(() => {
    process.on("uncaughtExceptionMonitor", onFault).on("unhandledRejection", onFault);
  });
  afterAll(() => {
    process.off("uncaughtExceptionMonitor", onFault).off("unhandledRejection", onFault);
  });
  const proxyOf = useTestProxy(options);
  afterEach(async () => {
    const target = proxyOf();
    const good = await callJson(target.proxy.url, "Chat", { messages: [{ role: "user", content: "hello" }] });
    expect(good.status).toBe(200);
    expect(await callsInFlight(target)).toBe(0);
    expect(target.relay.openAnswers()).toBe(0);
    expect(faults).toEqual([]);
    expect(target.log.filter(({ level }) => level === "error")).toEqual([]);
  });
  return proxyOf;
}

/** What the metrics say of the calls that have begun and not ended. Fails where they say nothing. */
export async function callsInFlight({ proxy }: TestProxy): Promise<number> {
  const metrics = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
  const lines = metrics.split("\n").filter((line) => line.startsWith("meridian_calls_in_flight{"));
  expect(lines).not.toEqual([]);
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
