import type { Attempt, Decision, RoutePlan } from "@meridian/core";

/** Names a span, in lower-case hexadecimal. See https://www.w3.org/TR/trace-context/#trace-id */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** What the cache did with a call. */
export interface CacheUse {
  /**
   * "shared": the answer is that of another call that was under way; "bypass": the call was none for the cache, or there is
   * none.
   */
  readonly result: "hit" | "shared" | "miss" | "bypass";
  /** What a cached or shared answer has cost who paid for it. Default 0. */
  readonly savedCostNanoUsd?: bigint;
}

/** What is known of a call when it has ended. Holds no prompt, no answer and no key. */
export interface CallRecord {
  /** The RPC's name, such as "StreamChat". */
  readonly rpc: string;
  /** "connect", "grpc", "grpc-web" or "openai". */
  readonly protocol: string;
  readonly requestId: string;
  /** The name of the tenant whose the call is; "anonymous" where nobody knows. */
  readonly tenant: string;
  /** "ok", or the Connect code's name, such as "resource_exhausted". */
  readonly code: string;
  /** The failure's kind, one of the words of docs/errors.md; undefined for an answered call. */
  readonly reason: string | undefined;
  /** Undefined where the call ended before a route was planned. */
  readonly plan: RoutePlan | undefined;
  /** What the plan was made from; undefined where nobody keeps it, or there was nothing to plan. */
  readonly decision?: Decision | undefined;
  /** Undefined where the call ended before the cache was asked. */
  readonly cache?: CacheUse | undefined;
  readonly attempts: readonly Attempt[];
  /** When it came: the time of day, in milliseconds since 1970-01-01 UTC. */
  readonly arrivedAtMs: number;
  readonly durationMs: number;
  /** From arrival to the first content of a stream; undefined where none came. */
  readonly firstTokenMs: number | undefined;
  /** How often a stream voided its content and began anew. Default 0. */
  readonly restarts?: number;
  readonly configVersion: string;
  /** The call's span; undefined where none is recorded. */
  readonly span?: SpanIds | undefined;
}

/** Whether it is a call that a model was to answer, and for which a route was planned. */
export function isRoutedChat(record: CallRecord): record is CallRecord & { readonly plan: RoutePlan } {
  return record.plan !== undefined && (record.rpc === "Chat" || record.rpc === "StreamChat");
}

/** Gets to know of every call. Must not throw, and must not wait. */
export interface Recorder {
  callStarted(rpc: string): void;
  callEnded(record: CallRecord): void;
}

/** A recorder that tells others at the end of a turn. */
export interface TurnRecorder extends Recorder {
  /** Tells them now: for a process that ends in the middle of a turn. */
  endTurn(): void;
}

/** What telling several recorders needs. */
export interface RecordToAllOptions {
  /** Calls back once whatever is at work now is done, such as `setImmediate`. */
  readonly atEndOfTurn: (callback: () => void) => void;
  /** Hears of what should never happen: that a recorder throws. The others are told all the same. */
  readonly onFault: (error: unknown) => void;
}

/**
 * A recorder that tells several. That a call has ended they are told at the end of the turn, after the answer was sent, one
 * recorder after the other of all calls of the turn: code that runs several times in a row finds the caches of the CPU warm.
 */
export function recordToAll(
  recorders: readonly Recorder[],
  { atEndOfTurn, onFault }: RecordToAllOptions,
): TurnRecorder {
  let ended: CallRecord[] = [];
  const tell = () => {
    const records = ended;
    ended = [];
    for (const recorder of recorders)
      for (const record of records)
        try {
          recorder.callEnded(record);
        } catch (error) {
          onFault(error);
        }
  };
  return {
    callStarted(rpc) {
      for (const recorder of recorders) recorder.callStarted(rpc);
    },
    callEnded(record) {
      if (ended.push(record) === 1) atEndOfTurn(tell);
    },
    endTurn: tell,
  };
}
