import type { RuntimeConfig } from "@meridian/config";
import type { CanaryState } from "@meridian/routing";
import type { Canary, CanaryWorld } from "../canary/canary.js";
import { createCanaryStateKeeper } from "../canary/canary-state-keeper.js";
import { createFileCanaryStore } from "../canary/canary-store.js";
import { createMemoryCanaryBoards, type MemoryCanaryBoards } from "../canary/memory-canary-boards.js";
import { redisBoards } from "../canary/open-canary.js";
import { openSharedCanary } from "../canary/open-shared-canary.js";
import { connectRedis } from "../redis/connect-redis.js";

/** The canary of a primary, which its workers share. */
export interface CanaryOfAll extends Canary {
  /** For the workers, where there is no Redis that they have in common. */
  readonly boards: MemoryCanaryBoards;
}

/** Opens the canary that the workers of a primary share: the boards are the primary's, or in Redis where there is one. */
export async function openCanaryOfAll(
  { routing, redis }: Pick<RuntimeConfig, "routing" | "redis">,
  world: Omit<CanaryWorld, "isChecked">,
): Promise<CanaryOfAll> {
  const { stateFile } = routing.canary;
  const file = redis === undefined && stateFile !== undefined ? createFileCanaryStore(stateFile) : undefined;
  const kept = await file?.load();
  let latest = kept;
  const saveLatest = async () => {
    if (latest !== undefined) await file?.save(latest);
  };
  const keeper = createCanaryStateKeeper(file && saveLatest, world);
  const noteState = (state: CanaryState) => {
    const isDecided = state.percentage !== latest?.percentage || state.phase !== latest.phase;
    latest = state;
    if (isDecided) void keeper.save().catch(() => {});
    else keeper.noteChange();
  };
  const boards = createMemoryCanaryBoards(kept, noteState, world.clock.now);
  const store = await connectRedis(redis, world.clock);
  const canary = await openSharedCanary(routing.canary, {
    ...world,
    boardOf: store === undefined ? (policy) => boards.boardOf(policy, "primary") : redisBoards(store),
    // It sees no calls.
    isChecked: () => true,
  });
  return {
    ...canary,
    boards,
    async close() {
      await canary.close();
      await keeper.close();
      await store?.close();
    },
  };
}
