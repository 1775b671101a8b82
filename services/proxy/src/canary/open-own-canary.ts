import type { CanaryPolicy } from "@meridian/core";
import { CanaryController, type CanaryDecision } from "@meridian/routing";
import type { Canary, CanaryWorld } from "./canary.js";
import { canaryObservationFrom } from "./canary-observation.js";
import { createCanaryStateKeeper } from "./canary-state-keeper.js";
import type { CanaryStore } from "./canary-store.js";

/**
 * Opens a canary that this process judges alone, and goes on with what was kept of it. Rejects where that cannot be read.
 *
 * @param store undefined: nothing is kept over a restart
 */
export async function openOwnCanary(
  policy: CanaryPolicy,
  store: CanaryStore | undefined,
  world: CanaryWorld,
): Promise<Canary> {
  const { timeOfDayMs, logger } = world;
  const kept = await store?.load();
  const controller = new CanaryController(policy, kept, timeOfDayMs());
  const { name: canary, phase, percentage, reason } = controller.state;
  if (store !== undefined || percentage > 0)
    logger.info(
      { canary, phase, percentage, reason, stateFile: policy.stateFile },
      store === undefined ? "canary: begins as configured, nothing is kept over a restart" : "canary",
    );

  const keeper = createCanaryStateKeeper(store && (() => store.save(controller.state)), world);
  const decided = (decision: CanaryDecision): Promise<void> => {
    world.onDecision(decision);
    logger[decision.kind === "abort" ? "warn" : "info"](decision, "canary decision");
    return keeper.save();
  };

  return {
    percentage: () => controller.percentage,
    status: () => controller.status(timeOfDayMs()),
    set: (to, why) => decided(controller.set(to, timeOfDayMs(), why)),
    promote: (why) => decided(controller.promote(timeOfDayMs(), why)),
    abort: (why) => decided(controller.abort(timeOfDayMs(), why)),
    reconfigure(next) {
      const decision = controller.reconfigure(next, timeOfDayMs());
      if (decision !== undefined) void decided(decision).catch(() => {});
    },
    recorder: {
      callStarted() {},
      callEnded(record) {
        const observation = canaryObservationFrom(record, world.isChecked);
        if (observation === undefined) return;
        keeper.noteChange();
        const decision = controller.observe(observation, timeOfDayMs());
        if (decision !== undefined) void decided(decision).catch(() => {});
      },
    },
    close: keeper.close,
  };
}
