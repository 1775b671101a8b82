import { Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { showHistogram } from "./show-histogram.js";

const buckets = [0.01, 1, 2.5];
const shown = { name: "test_seconds", help: 'A "test".', labelNames: ["model", "code"] as const };
const observations = [
  [{ model: 'a"\n\\', code: "" }, 0.01],
  [{ model: "b", code: "ok" }, 0.010_000_1],
  [{ model: "b", code: "ok" }, 2.5],
  [{ model: "b", code: "ok" }, 1_000],
  [{ model: "b", code: "ok" }, 0],
  [{ model: "b", code: "failed" }, 0.1 + 0.2],
] as const;

test("the exposition is that of prom-client's own histogram, as text and as JSON", async () => {
  const [own, theirs] = [new Registry(), new Registry()];
  const observe = showHistogram(own, { ...shown, buckets });
  const histogram = new Histogram({ ...shown, buckets, registers: [theirs] });
  expect(await own.metrics()).toBe(await theirs.metrics());
  for (const [labels, value] of observations) {
    observe(labels, value);
    histogram.observe(labels, value);
  }
  expect(await own.metrics()).toBe(await theirs.metrics());
  const withoutExemplars = JSON.stringify(await theirs.getMetricsAsJSON()).replaceAll('"exemplar":null,', "");
  expect(JSON.parse(JSON.stringify(await own.getMetricsAsJSON()))).toEqual(JSON.parse(withoutExemplars));
});
