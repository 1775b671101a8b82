import { setTimeout as sleep } from "node:timers/promises";
import { ask, type Outcome, type Rpc } from "./ask.js";
import type { FaultProxy } from "./start-fault-proxy.js";
import { twoModels } from "./two-models.js";

/** Calls that come steadily. */
export interface SteadyCalls {
  /** Callers at the same time, each of which makes one call after the other. */
  readonly callers: number;
  /** What each rests between two calls, in milliseconds. */
  readonly restMs: number;
  /** Asked before each call; false ends the calls. Gets the number of calls begun so far. */
  readonly goesOn: (begun: number) => boolean;
}

/** A call that has ended. */
export interface SteadyCall extends Outcome {
  readonly rpc: Rpc;
  /** When it began, as `performance.now()` counts. */
  readonly beganAtMs: number;
}

/** Makes calls, Chat and StreamChat in turn, whose cut streams may be restarted. Gives what came of them. */
export async function makeSteadyCalls(
  proxy: FaultProxy,
  { callers, restMs, goesOn }: SteadyCalls,
): Promise<readonly SteadyCall[]> {
  const calls: SteadyCall[] = [];
  let begun = 0;
  const request = { ...twoModels, routing: { ...twoModels.routing, commit: "restart" } };
  const call = async () => {
    while (goesOn(begun)) {
      const rpc = begun % 2 === 0 ? "Chat" : "StreamChat";
      begun += 1;
      const beganAtMs = performance.now();
      calls.push({ ...(await ask(proxy.clients.grpc, rpc, request)), rpc, beganAtMs });
      await sleep(restMs);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return calls;
}
