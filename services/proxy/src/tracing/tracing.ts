import type { Clock } from "@meridian/core";
import type { Logger } from "@meridian/telemetry";
import type { BeginTrace } from "./call-trace.js";
import type { Environment } from "./tracing-settings.js";

/** Traces, for as long as the process runs. */
export interface Tracing {
  readonly begin: BeginTrace;
  /** Sends what waits to be sent, for some seconds at most. */
  close(): Promise<void>;
}

/** What tracing needs of the world. */
export interface TracingWorld {
  /** Where the standard `OTEL_*` variables are. */
  readonly environment: Environment;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The time of day, in milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs: () => number;
}
