import type { CallFeatures } from "./call-features.js";
import type { Location } from "./route-plan.js";
import type { CanaryPolicy } from "./routing-policy.js";

/** A `HealthSnapshot` as plain data. What is not in it is closed, not measured, reachable, without attempts, checked. */
export interface HealthData {
  /** Breakers that are not closed, by `deploymentId`. */
  readonly breakers: Readonly<Record<string, "open" | "half_open">>;
  /** By "endpoint/model", in milliseconds. */
  readonly latenciesMs: Readonly<Record<string, number>>;
  /** By "endpoint/model". */
  readonly inFlight: Readonly<Record<string, number>>;
  /** Endpoints that did not answer their last probe, by name. */
  readonly unreachable: readonly string[];
  /** New keys that no relay has taken yet, as "endpoint/credential". */
  readonly uncheckedKeys: readonly string[];
}

/** All that a plan was made from, but for the policy and the tenant's rights. Holds no text, no key and no user. */
export interface Decision {
  readonly features: CallFeatures;
  readonly location: Pick<Location, "country" | "source">;
  /** The share of the users that had the canary, and the canary that it was. */
  readonly canary: Pick<CanaryPolicy, "name" | "salt" | "percentage"> & { readonly currentPercentage: number };
  readonly health: HealthData;
  /** When it was made, in milliseconds since 1970-01-01 UTC: the prices of that moment count. */
  readonly timeOfDayMs: number;
  /** Begins the random numbers of the plan: a whole number of 32 bits. */
  readonly seed: number;
}
