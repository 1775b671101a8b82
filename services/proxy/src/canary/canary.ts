import type { CanaryPolicy, Clock, Credential } from "@meridian/core";
import type { CanaryDecision, CanaryStatus } from "@meridian/routing";
import type { Logger, Recorder } from "@meridian/telemetry";

/** The canary of a process. */
export interface Canary {
  /** The share of the users that have it now, 0 to 100. */
  percentage(): number;
  status(): CanaryStatus;
  /** Resolves when the change is saved; it holds at once. Rejects where it cannot be saved, and it holds all the same. */
  set(percentage: number, reason: string): Promise<void>;
  /** The same, to 100 %. */
  promote(reason: string): Promise<void>;
  /** The same, back to 0 %. */
  abort(reason: string): Promise<void>;
  /** Takes another policy, after a reload. */
  reconfigure(policy: CanaryPolicy): void;
  /** Tells it of the calls that have ended. */
  readonly recorder: Recorder;
  /** Saves what there is to save. */
  close(): Promise<void>;
}

/** What a canary needs of the world. */
export interface CanaryWorld {
  readonly clock: Clock;
  /** The time of day, in milliseconds since 1970-01-01 UTC: steps go on while the process is away. */
  readonly timeOfDayMs: () => number;
  /** Whether a key may take traffic already. */
  readonly isChecked: (credential: Credential) => boolean;
  readonly logger: Logger;
  readonly onDecision: (decision: CanaryDecision) => void;
}
