import { randomUUID } from "node:crypto";
import type { CanaryPolicy } from "@meridian/core";
import type { RedisStore } from "../redis/redis-store.js";
import type { Canary, CanaryWorld } from "./canary.js";
import { createRedisCanaryBoard } from "./canary-board.js";
import { createFileCanaryStore } from "./canary-store.js";
import { openOwnCanary } from "./open-own-canary.js";
import { openSharedCanary } from "./open-shared-canary.js";

/**
 * Opens the canary of a process: shared with all that have the same Redis where there is one, else its own, which a file
 * keeps over a restart where the policy names one. Rejects where what was kept cannot be read.
 */
export function openCanary(policy: CanaryPolicy, redis: RedisStore | undefined, world: CanaryWorld): Promise<Canary> {
  if (redis !== undefined) {
    const replica = randomUUID();
    const boardOf = (canary: CanaryPolicy) => createRedisCanaryBoard(redis, canary, replica, randomUUID);
    return openSharedCanary(policy, { ...world, boardOf });
  }
  const { stateFile } = policy;
  return openOwnCanary(policy, stateFile === undefined ? undefined : createFileCanaryStore(stateFile), world);
}
