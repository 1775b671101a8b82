import { randomUUID } from "node:crypto";
import type { CanaryPolicy } from "@meridian/core";
import type { RedisStore } from "../redis/redis-store.js";
import type { Canary, CanaryWorld } from "./canary.js";
import { type CanaryBoard, createRedisCanaryBoard } from "./canary-board.js";
import { createFileCanaryStore } from "./canary-store.js";
import { openOwnCanary } from "./open-own-canary.js";
import { openSharedCanary } from "./open-shared-canary.js";

/** What a process shares its canary through, with others. */
export interface SharedThrough {
  readonly redis: RedisStore | undefined;
  /** The boards of the primary that this process is a worker of. */
  readonly boardOf: ((policy: CanaryPolicy) => CanaryBoard) | undefined;
}

/**
 * Opens the canary of a process: shared with all that have the same Redis where there is one, or the same primary, else its
 * own, which a file keeps over a restart where the policy names one. Rejects where what was kept cannot be read.
 */
export function openCanary(
  policy: CanaryPolicy,
  { redis, boardOf }: SharedThrough,
  world: CanaryWorld,
): Promise<Canary> {
  if (redis !== undefined) return openSharedCanary(policy, { ...world, boardOf: redisBoards(redis) });
  if (boardOf !== undefined) return openSharedCanary(policy, { ...world, boardOf });
  const { stateFile } = policy;
  return openOwnCanary(policy, stateFile === undefined ? undefined : createFileCanaryStore(stateFile), world);
}

/** The boards of this process in Redis. */
export function redisBoards(redis: RedisStore): (policy: CanaryPolicy) => CanaryBoard {
  const replica = randomUUID();
  return (policy) => createRedisCanaryBoard(redis, policy, replica, randomUUID);
}
