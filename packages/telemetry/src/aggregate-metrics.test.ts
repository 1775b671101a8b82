import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { createMetricsOfAll } from "./aggregate-metrics.js";

function processWith(calls: number, connections: number) {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: "calls_total", help: "c", labelNames: ["code"], registers }).inc({ code: "ok" }, calls);
  new Gauge({ name: "connections", help: "g", registers }).set(connections);
  new Gauge({ name: "away", help: "g", aggregator: "max", registers }).set(1);
  const seconds = new Histogram({ name: "seconds", help: "h", buckets: [1, 2], registers });
  for (let call = 0; call < calls; call += 1) seconds.observe(1.5);
  return registry.getMetricsAsJSON();
}

test("adds what processes have counted, and keeps what those had that are gone", async () => {
  const all = createMetricsOfAll();
  const parts = new Map([
    [1, await processWith(3, 10)],
    [2, await processWith(4, 20)],
  ]);
  const before = await all.text(parts);
  expect(before).toContain('calls_total{code="ok"} 7');
  expect(before).toContain("connections 30");
  expect(before).toContain("away 1");
  expect(before).toContain('seconds_bucket{le="2"} 7');
  await all.gone(2);
  parts.delete(2);
  const after = await all.text(parts);
  expect(after).toContain('calls_total{code="ok"} 7');
  expect(after).toContain("connections 10");
  expect(after).toContain("seconds_count 7");
  parts.set(3, await processWith(1, 1));
  expect(await all.text(parts)).toContain('calls_total{code="ok"} 8');
});

test("counts of a process that does not answer stay, its gauges do not", async () => {
  const all = createMetricsOfAll();
  const parts = new Map([
    [1, await processWith(3, 10)],
    [2, await processWith(4, 20)],
  ]);
  await all.text(parts);
  parts.delete(2);
  const silent = await all.text(parts);
  expect(silent).toContain('calls_total{code="ok"} 7');
  expect(silent).toContain("connections 10");
  parts.set(2, await processWith(5, 20));
  expect(await all.text(parts)).toContain('calls_total{code="ok"} 8');
});

test("counts of processes that end at once stay, at every moment", async () => {
  const all = createMetricsOfAll();
  const parts = new Map([
    [1, await processWith(3, 10)],
    [2, await processWith(4, 20)],
  ]);
  await all.text(parts);
  const [, , during] = await Promise.all([all.gone(1), all.gone(2), all.text(new Map())]);
  expect(during).toContain('calls_total{code="ok"} 7');
  expect(await all.text(new Map())).toContain('calls_total{code="ok"} 7');
});

test("is empty before there is anything", async () => {
  expect((await createMetricsOfAll().text(new Map())).trim()).toBe("");
});
