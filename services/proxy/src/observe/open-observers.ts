import type { RuntimeConfig } from "@meridian/config";
import type { Clock } from "@meridian/core";
import { createLogRecorder, createMetrics, type Logger, type Metrics, type Recorder } from "@meridian/telemetry";

/** Who gets to know of every call, for as long as the process runs. */
export interface Observers {
  readonly recorders: readonly Recorder[];
  readonly metrics: Metrics;
  /** Writes what there is to write, and ends. To be called once no call runs. */
  close(): Promise<void>;
}

/** What observers need of the world. */
export interface ObserversWorld {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Gives a number of [0, 1). */
  readonly random: () => number;
  /** The configuration that counts now. */
  readonly current: () => RuntimeConfig;
}

/** Opens what `config` asks for; what it says of observers holds until the process ends. */
export async function openObservers(_config: RuntimeConfig, world: ObserversWorld): Promise<Observers> {
  const { logger, clock, random, current } = world;
  const metrics = createMetrics(() => new Set(current().routing.regions.keys()));
  const sampleSuccesses = () => current().logging.sampleSuccesses;
  return {
    metrics,
    recorders: [metrics.recorder, createLogRecorder(logger, { clock, random, sampleSuccesses })],
    async close() {},
  };
}
