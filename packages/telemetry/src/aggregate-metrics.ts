import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from "prom-client";

/** The metrics of one process as plain data, to be sent to the process that shows those of all. */
export type MetricsPart = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Shows the metrics of several processes as one. */
export interface MetricsOfAll {
  /**
   * The exposition text of the parts, and of what other processes had counted when they were last seen: those that are gone,
   * and those that are too busy to answer.
   */
  text(parts: ReadonlyMap<number, MetricsPart>): Promise<string>;
  /** A process is gone: what it had counted when it was last seen stays counted, so that no counter of all falls. */
  gone(process: number): Promise<void>;
}

/** Creates the view of all processes. Each metric says itself how it is put together: counters and most gauges are added. */
export function createMetricsOfAll(): MetricsOfAll {
  const lastSeen = new Map<number, MetricsPart>();
  /** Of those that are gone. */
  let left: Promise<MetricsPart> = Promise.resolve([]);
  const add = async (before: Promise<MetricsPart>, part: MetricsPart): Promise<MetricsPart> =>
    await aggregate([await before, part.filter(isCount)]).getMetricsAsJSON();
  return {
    async text(parts) {
      for (const [process, part] of parts) lastSeen.set(process, part);
      const silent = [...lastSeen].filter(([process]) => !parts.has(process));
      const counted = silent.map(([, part]) => part.filter(isCount));
      return await aggregate([await left, ...counted, ...parts.values()]).metrics();
    },
    async gone(process) {
      const part = lastSeen.get(process);
      lastSeen.delete(process);
      if (part !== undefined) left = add(left, part);
      await left;
    },
  };
}

/** Gauges end with their process, counts do not. prom-client gives types as words where its typings have numbers. */
function isCount({ type }: MetricsPart[number]): boolean {
  return ["counter", "histogram"].includes(String(type));
}

function aggregate(parts: readonly MetricsPart[]) {
  return AggregatorRegistry.aggregate(parts.map((part) => [...part]));
}
