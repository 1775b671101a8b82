import type { FaultRule } from "./fault-rule.js";
import type { SimulatedModel } from "./simulated-model.js";

/** How a simulator is started. */
export interface RelaySimulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** What all that looks random comes from. Default 0. */
  readonly seed?: number | undefined;
  /** Default: gpt-4.1, claude-sonnet-4.5, gemini-2.5-flash and deepseek-v3.2, without latency and limits. */
  readonly models?: readonly SimulatedModel[] | undefined;
  /** The bearer keys that are accepted. Default: any; a request without one is 401 in either case. */
  readonly apiKeys?: readonly string[] | undefined;
  /** Default: none. */
  readonly faults?: readonly FaultRule[] | undefined;
  /** Added to every answer by the country in `x-edge-region`, for models without a map of their own. */
  readonly regionLatencyMs?: Readonly<Record<string, number>> | undefined;
  /** The time that the list of models takes. Default 0. */
  readonly listLatencyMs?: number | undefined;
  /** How long a connection may lie idle, in milliseconds; clients are told. Default 75,000. */
  readonly keepAliveMs?: number | undefined;
  /** Calls kept in `calls`. Default 10,000. */
  readonly maxCalls?: number | undefined;
  /** The largest body taken, in bytes; above it 413. Default 32 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Told about every call when it has ended. Default: nobody. */
  readonly log?: ((line: object) => void) | undefined;
}
