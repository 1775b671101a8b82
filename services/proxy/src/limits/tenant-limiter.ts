import type { Tenant, TenantLimitReached } from "@meridian/core";
import type { ModelLimitState } from "@meridian/dispatch";

/** What a call may use at most. */
export interface ReservationRequest {
  readonly tenant: Tenant;
  /** Tokens of request and answer. */
  readonly tokens: number;
  readonly costNanoUsd: bigint;
  /** How long the call may run, in milliseconds. A reservation that nobody has ended by then counts as running no more. */
  readonly leaseMs: number;
}

/** What a call has used. */
export interface UsedByCall {
  readonly tokens: number;
  readonly costNanoUsd: bigint;
}

/** What is set aside for a call that runs. Ended once, by `settle` or `release`; further calls change nothing. */
export interface Reservation {
  /** Puts what was really used in place of what was reserved. Never rejects. */
  settle(used: UsedByCall): Promise<void>;
  /** Gives all of it back: the call was never made. Never rejects. */
  release(): Promise<void>;
}

/** A call may run, or a limit is reached. */
export type ReservationResult = (
  | { readonly kind: "reserved"; readonly reservation: Reservation }
  | { readonly kind: "refused"; readonly reached: TenantLimitReached }
) & {
  /** How far the limits a minute are used, this call included where it may run. */
  readonly state: ModelLimitState;
};

/** Keeps tenants within their limits. */
export interface TenantLimiter {
  /** Sets aside what a call may use, or says which limit that would go beyond. Never rejects. */
  reserve(request: ReservationRequest): ReservationResult | Promise<ReservationResult>;
  /** Lets go of what it holds outside of the process. */
  close(): Promise<void>;
}

/** How long a call is to wait that only other running calls keep out, in milliseconds. When they end nobody knows. */
export const othersRunRetryMs = 1_000;
