import { setImmediate } from "node:timers/promises";
import { Registry } from "prom-client";
import type { MetricsPart } from "../aggregate-metrics.js";
import type { Recorder } from "../recorder.js";
import { createAttemptMetrics } from "./attempt-metrics.js";
import { createCacheMetrics } from "./cache-metrics.js";
import { callLabelsOf, type MetricsWorld } from "./call-labels.js";
import { createCallMetrics } from "./call-metrics.js";
import { createEventMetrics, type EventMetrics } from "./event-metrics.js";
import { createGenAiMetrics } from "./gen-ai-metrics.js";
import { registerProcessMetrics } from "./process-metrics.js";
import { createSpendingMetrics } from "./spending-metrics.js";
import { createStateMetrics, type StateMetrics } from "./state-metrics.js";

/** The metrics of one process, in the form that Prometheus scrapes. */
export interface Metrics extends StateMetrics, EventMetrics {
  readonly recorder: Recorder;
  /** The exposition text. */
  text(): Promise<string>;
  /** The same as data, for a process that shows the metrics of several. */
  part(): Promise<MetricsPart>;
  /** Its media type. */
  readonly contentType: string;
}

/**
 * Creates the metrics. Labels take their values from the configuration and from closed sets, never from a caller.
 *
 * @see https://prometheus.io/docs/practices/naming/
 */
export function createMetrics(world: MetricsWorld): Metrics {
  const registry = new Registry();
  registerProcessMetrics(registry);
  const calls = createCallMetrics(registry);
  const genAi = createGenAiMetrics(registry);
  const attempts = createAttemptMetrics(registry);
  const spending = createSpendingMetrics(registry);
  const cache = createCacheMetrics(registry);
  return {
    ...createStateMetrics(registry, world),
    ...createEventMetrics(registry),
    recorder: {
      callStarted: calls.started,
      callEnded(record) {
        const labels = callLabelsOf(record, world);
        calls.ended(record, labels);
        genAi.ended(record, labels);
        attempts.ended(record.attempts);
        spending.ended(record.attempts, labels);
        cache.ended(record.cache, labels);
      },
    },
    text: () => textOf(registry),
    part: () => registry.getMetricsAsJSON(),
    contentType: registry.contentType,
  };
}

/** The exposition, a metric in each turn of the event loop: all at once, some thousand series are a pause that callers feel. */
async function textOf(registry: Registry): Promise<string> {
  const texts: string[] = [];
  for (const { name } of registry.getMetricsAsArray()) {
    texts.push(await registry.getSingleMetricAsString(name));
    await setImmediate();
  }
  return `${texts.join("\n\n")}\n`;
}
