import { collectDefaultMetrics, type Registry } from "prom-client";

/** Gauges whose names end in _total, which Prometheus keeps for counters; `nodejs_active_resources` has the same figures. */
const misnamed = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/** Registers what Node knows of its process: CPU, memory, garbage collection, the delay of the event loop. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
}
