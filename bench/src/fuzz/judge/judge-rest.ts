import { setTimeout as delay } from "node:timers/promises";
import { scrapeMetrics, sumBy, total } from "../../probe/read-metrics.js";
import type { FuzzedProxy } from "../fuzz-proxy.js";
import { askGood, compareAnswers, type GoodAnswers } from "./good-calls.js";

/**
 * How long a proxy may take to let go of what was left, in milliseconds: longer than its patience with a caller that takes
 * nothing of its answer, a minute. One that breaks its HTTP/2 connection after a GOAWAY looks like that to Node.
 */
const restMs = 90_000;
const lookMs = 50;

/**
 * What is wrong with a proxy after cases: whether it lives, what it has logged, whether it comes to rest, and how it answers
 * those who do everything right. Empty where nothing is. Never rejects.
 */
export async function judgeRest(proxy: FuzzedProxy, expected: GoodAnswers): Promise<readonly string[]> {
  const left = await untilAtRest(proxy).catch((error: unknown) => [`the admin port does not answer: ${String(error)}`]);
  const answers = left.length === 0 ? compareAnswers(await askGood(proxy.origin), expected) : [];
  const { exitCode, signalCode } = proxy.process.child;
  const isGone = exitCode !== null || signalCode !== null;
  return [
    ...(isGone ? [`the process has ended (${exitCode ?? signalCode})`] : []),
    ...proxy.log.takeFaults().map((line) => `logged: ${line}`),
    ...left,
    ...answers,
  ].map((what) => `${proxy.name}: ${what}`);
}

async function untilAtRest({ adminOrigin }: FuzzedProxy): Promise<readonly string[]> {
  const untilMs = performance.now() + restMs;
  for (;;) {
    const { calls, connections } = restFrom(await scrapeMetrics(adminOrigin));
    if (calls === 0 && connections === 0) return [];
    if (performance.now() > untilMs) return [`${calls} calls in flight and ${connections} connections are left`];
    await delay(lookMs);
  }
}

/** What is under way, by the metrics. NaN, which is not at rest, where they do not tell. */
export function restFrom(exposition: string): { readonly calls: number; readonly connections: number } {
  return {
    calls: total(sumBy(exposition, "meridian_calls_in_flight", "rpc")),
    connections: Number(/^meridian_connections (\d+)$/m.exec(exposition)?.[1]),
  };
}
