import type { JsonObject } from "./json.js";

/** How a call ended: all was sent, the client left before, or the simulator broke the connection. */
export type CallOutcome = "open" | "answered" | "client_closed" | "cut";

/** One request as it was received, and what became of it. The record follows the call until it ends. */
export interface ReceivedCall {
  /** When the headers were here, as `performance.now()` counts. */
  readonly atMs: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Names in lower case; of several values, all with commas between. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where there was none, or no JSON object. */
  readonly body: JsonObject | undefined;
  readonly rawBody: string;
  /** The id of the model without its suffix; where there is no such model, the name in the request. */
  readonly model: string | undefined;
  readonly stream: boolean;
  /** The name of the fault without its parameters, as `status-503` or `cut`. */
  readonly fault: string | undefined;
  /** 0 until headers are sent. */
  readonly status: number;
  readonly outcome: CallOutcome;
  /** When the client went away, as `performance.now()` counts. Undefined where it did not. */
  readonly closedAtMs: number | undefined;
  /** Tokens handed to the socket. */
  readonly tokensSent: number;
}

/** A record that is still written to. */
export type OpenCall = { -readonly [Key in keyof ReceivedCall]: ReceivedCall[Key] };

/** The calls received, oldest first, within bounds. */
export interface CallLog {
  /** The same array for the life of the log. */
  readonly calls: readonly ReceivedCall[];
  /** Calls since the start or `clear`, with those that were dropped. */
  total(): number;
  add(call: OpenCall): void;
  /** To be called after a change of a record. */
  changed(call: ReceivedCall): void;
  clear(): void;
  /** Waits for a call for which the predicate holds, now or after any change. Rejects with the signal's reason. */
  when(predicate: (call: ReceivedCall) => boolean, signal?: AbortSignal): Promise<ReceivedCall>;
  /** Rejects whoever still waits. */
  close(): void;
}

/** Creates an empty log that drops its oldest calls above `maxCalls`, or above `maxCharacters` of bodies. */
export function createCallLog(maxCalls: number, maxCharacters: number): CallLog {
  const calls: ReceivedCall[] = [];
  const waiters = new Map<(call: ReceivedCall) => boolean, (error: Error) => void>();
  let characters = 0;
  let total = 0;
  const changed = (call: ReceivedCall) => {
    for (const offer of waiters.keys()) {
      offer(call);
    }
  };
  return {
    calls,
    total: () => total,
    changed,
    add(call) {
      total++;
      calls.push(call);
      characters += call.rawBody.length;
      while (calls.length > maxCalls || (characters > maxCharacters && calls.length > 1)) {
        characters -= calls.shift()?.rawBody.length ?? 0;
      }
      changed(call);
    },
    clear() {
      calls.length = 0;
      characters = 0;
      total = 0;
    },
    when(predicate, signal) {
      const known = calls.find(predicate);
      if (known !== undefined) {
        return Promise.resolve(known);
      }
      return new Promise((resolve, reject) => {
        const stop = () => {
          waiters.delete(offer);
          signal?.removeEventListener("abort", onAbort);
        };
        const fail = (reason: unknown) => {
          stop();
          reject(reason);
        };
        const onAbort = () => fail(signal?.reason);
        const offer = (call: ReceivedCall) => {
          const isWanted = predicate(call);
          if (isWanted) {
            stop();
            resolve(call);
          }
          return isWanted;
        };
        if (signal?.aborted === true) {
          fail(signal.reason);
          return;
        }
        signal?.addEventListener("abort", onAbort, { once: true });
        waiters.set(offer, fail);
      });
    },
    close() {
      for (const fail of waiters.values()) {
        fail(new Error("The relay simulator was closed."));
      }
    },
  };
}
