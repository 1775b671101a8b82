import type { RuntimeConfig } from "@meridian/config";
import type { Clock, HealthSnapshot, StopCrowd } from "@meridian/core";
import type { DispatchDependencies } from "@meridian/dispatch";
import type { TokenCounter } from "@meridian/routing";
import type { Recorder } from "@meridian/telemetry";
import type { Admission } from "./admission/admission.js";
import type { AnswerCache } from "./cache/answer-cache.js";
import type { Canary } from "./canary/canary.js";
import type { ContentLog } from "./content-log/content-log.js";
import type { LearnedRouting } from "./learned/learned-routing.js";
import type { TenantLimiter } from "./limits/tenant-limiter.js";
import type { BeginTrace } from "./tracing/call-trace.js";

/** What the handlers need of the world. Made once, in `server.ts`. */
export interface Services {
  readonly config: RuntimeConfig;
  readonly clock: Clock;
  /** The time of day, in milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs: () => number;
  /** Gives a number of [0, 1). */
  readonly random: () => number;
  /** What carrying out calls needs. */
  readonly dispatch: DispatchDependencies;
  readonly tenantLimiter: TenantLimiter;
  readonly health: HealthSnapshot;
  readonly canary: Pick<Canary, "percentage">;
  readonly counter: TokenCounter;
  /** Undefined: another policy decides how hard a prompt is. */
  readonly learned: LearnedRouting | undefined;
  /** Undefined: no answer is kept. */
  readonly cache: AnswerCache | undefined;
  readonly admission: Pick<Admission, "goOn">;
  readonly recorder: Recorder;
  readonly beginTrace: BeginTrace;
  /** Undefined: what calls say is not logged. */
  readonly contentLog: ContentLog | undefined;
  /** Whether a peer's headers about its caller count. */
  readonly isTrusted: (address: string) => boolean;
  /** The country of an address, ISO 3166-1 alpha-2; undefined where the database has none. */
  readonly lookupCountry: (address: string) => string | undefined;
  /** Tells calls that still run when they have to end. */
  readonly shutdown: StopCrowd;
}
