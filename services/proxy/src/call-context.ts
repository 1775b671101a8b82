import { type ConnectError, type ContextKey, createContextKey } from "@connectrpc/connect";
import { type Attempt, anonymous, type Decision, type Location, type RoutePlan, type Tenant } from "@meridian/core";
import type { ModelLimitState } from "@meridian/dispatch";
import type { CacheUse } from "@meridian/telemetry";
import type { CallContent } from "./content-log/content-log.js";
import type { CallTrace } from "./tracing/call-trace.js";

/** What is known of one call while it runs. Made when its headers arrive; filled in by the rooms that it passes. */
export interface CallContext {
  readonly requestId: string;
  /** On the process's own clock, in milliseconds. */
  readonly arrivedAtMs: number;
  /** The address at the other end of the socket; undefined where it is gone already. */
  readonly peerAddress: string | undefined;
  /** Whose the call is. */
  readonly tenant: Tenant;
  /** Ends with the call, and with its deadline. Once its headers have been read. */
  signal: AbortSignal | undefined;
  /** What came of the body, until the request has been decoded. */
  received: Uint8Array[] | undefined;
  /** Whether the call has reached the room that reports it. */
  isReported: boolean;
  /** Why the call is to be refused before anything of it is read. */
  refusal: ConnectError | undefined;
  /** Once its report has begun. */
  trace: CallTrace | undefined;
  /** Once the caller has been located. */
  location: Location | undefined;
  /** Once a route has been planned. */
  plan: RoutePlan | undefined;
  /** What the route was planned from, where that is recorded. */
  decision: Decision | undefined;
  /** How far the limits a minute of its tenant are used, once the call was counted. */
  tenantState: ModelLimitState | undefined;
  /** What the cache did, once it was asked. */
  cache: CacheUse | undefined;
  /** The attempts that have ended so far. */
  attempts: readonly Attempt[];
  /** Whether the caller wants the report of the route beside an error, where that is a choice. */
  wantsRoute: boolean;
  /** What it says, where that is logged. */
  content: CallContent | undefined;
  /** When the first content of a stream came; undefined before. */
  firstTokenAtMs: number | undefined;
  /** How often a stream has voided its content and begun anew. */
  restarts: number;
}

/** Begins the context of a call. Without a tenant it is the anonymous one's. */
export function createCallContext(
  requestId: string,
  arrivedAtMs: number,
  peerAddress: string | undefined,
  tenant: Tenant = anonymous,
): CallContext {
  return {
    requestId,
    arrivedAtMs,
    peerAddress,
    tenant,
    signal: undefined,
    received: [],
    isReported: false,
    refusal: undefined,
    trace: undefined,
    location: undefined,
    plan: undefined,
    decision: undefined,
    tenantState: undefined,
    cache: undefined,
    attempts: [],
    wantsRoute: false,
    content: undefined,
    firstTokenAtMs: undefined,
    restarts: 0,
  };
}

/** Where interceptors and handlers find the context of their call. */
export const callContextKey: ContextKey<CallContext> = createContextKey(createCallContext("", 0, undefined), {
  description: "the call's context",
});
