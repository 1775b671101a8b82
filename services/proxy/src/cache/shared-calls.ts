import {
  type CallerEvent,
  createSharedCall,
  type SharedCall,
  type SharedCaller,
  type SharedCallOptions,
} from "./shared-call.js";

/** The calls under way that others may join. */
export interface SharedCalls {
  /** Joins the call of a key, or begins it. */
  join(key: string, caller: SharedCaller, start: SharedCallOptions["start"]): JoinedCall;
}

/** A call as one of its callers has it. */
export interface JoinedCall {
  readonly events: AsyncGenerator<readonly CallerEvent[], void, undefined>;
  /** Whether the call was under way already. */
  readonly isJoined: boolean;
}

/** Creates the list, empty. `maxHeldLength` is what one call may hold for slow callers, in characters. */
export function createSharedCalls(maxHeldLength: number): SharedCalls {
  const open = new Map<string, SharedCall>();
  return {
    join(key, caller, start) {
      const running = open.get(key);
      if (running !== undefined) return { events: running.join(caller), isJoined: true };
      const call = createSharedCall({ start, maxHeldLength, onClosed: () => void open.delete(key) });
      open.set(key, call);
      return { events: call.join(caller), isJoined: false };
    },
  };
}
