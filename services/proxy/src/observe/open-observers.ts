import type { RuntimeConfig } from "@meridian/config";
import { createLogRecorder, createMetrics, type Metrics, type Recorder, recordToAll } from "@meridian/telemetry";
import { type CallStatistics, createCallStatistics } from "../console/call-statistics.js";
import { openDecisions } from "../decisions/open-decisions.js";
import { openLedger } from "../ledger/open-ledger.js";
import type { BeginTrace } from "../tracing/call-trace.js";
import { openTracing } from "../tracing/open-tracing.js";
import type { TracingWorld } from "../tracing/tracing.js";

/** Who gets to know of every call, for as long as the process runs. */
export interface Observers {
  /** Makes the recorder that tells all of them, and another. To be called once. */
  recorderWith(other: Recorder): Recorder;
  readonly metrics: Metrics;
  readonly beginTrace: BeginTrace;
  /** What the console shows. */
  readonly statistics: CallStatistics;
  /** Writes what there is to write, and ends. To be called once no call runs. */
  close(): Promise<void>;
}

/** What observers need of the world. */
export interface ObserversWorld extends TracingWorld {
  /** Gives a number of [0, 1). */
  readonly random: () => number;
  /** The configuration that counts now. */
  readonly current: () => RuntimeConfig;
}

/** Opens what `config` asks for; what it says of observers holds until the process ends. */
export async function openObservers(config: RuntimeConfig, world: ObserversWorld): Promise<Observers> {
  const { logger, clock, random, timeOfDayMs, current } = world;
  const metrics = createMetrics({ regions: () => current().routing.regions, tenants: () => current().tenants });
  const sampleSuccesses = () => current().logging.sampleSuccesses;
  const log = createLogRecorder(logger, { clock, random, sampleSuccesses });
  const ledger = openLedger(config.ledger, { clock, timeOfDayMs, logger, metrics });
  const decisions = config.decisions && openDecisions(config.decisions, world);
  const tracing = await openTracing(world);
  const isRegion = (country: string) => current().routing.regions.has(country);
  const statistics = createCallStatistics({ timeOfDayMs, isRegion });
  let endTurn = () => {};
  const recorders = [metrics.recorder, statistics.recorder, log, ledger?.recorder, decisions?.recorder];
  return {
    metrics,
    statistics,
    beginTrace: tracing.begin,
    recorderWith(other) {
      const all = [...recorders.filter((recorder) => recorder !== undefined), other];
      const onFault = (error: unknown) => logger.error({ err: error }, "a call could not be recorded");
      const recorder = recordToAll(all, { atEndOfTurn: (tell) => void setImmediate(tell), onFault });
      endTurn = recorder.endTurn;
      // Where the process ends in the middle of a turn: before the log writes what waits.
      process.prependListener("exit", endTurn);
      return recorder;
    },
    async close() {
      endTurn();
      process.off("exit", endTurn);
      await ledger?.close();
      await decisions?.close();
      await tracing.close();
    },
  };
}
