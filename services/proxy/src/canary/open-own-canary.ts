import type { CanaryPolicy } from "@meridian/core";
import { CanaryController, type CanaryDecision } from "@meridian/routing";
import type { Canary, CanaryWorld } from "./canary.js";
import { canaryObservationFrom } from "./canary-observation.js";
import type { CanaryStore } from "./canary-store.js";

/** What was counted since is lost where a process dies, in milliseconds. Decisions are saved at once. */
const saveIntervalMs = 60_000;

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
  const { clock, timeOfDayMs, logger } = world;
  const kept = await store?.load();
  const controller = new CanaryController(policy, kept, timeOfDayMs());
  const { name: canary, phase, percentage, reason } = controller.state;
  if (store !== undefined || percentage > 0)
    logger.info(
      { canary, phase, percentage, reason, stateFile: policy.stateFile },
      store === undefined ? "canary: begins as configured, nothing is kept over a restart" : "canary",
    );

  let hasChanged = false;
  let saving: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    if (store === undefined) return Promise.resolve();
    hasChanged = false;
    // One after the other, each with what is known when its turn comes: the last one wins.
    const saved = saving.then(() => store.save(controller.state));
    saving = saved.catch((error: unknown) => {
      hasChanged = true;
      logger.error({ err: error }, "the canary's state could not be saved");
    });
    return saved;
  };
  const decided = (decision: CanaryDecision): Promise<void> => {
    world.onDecision(decision);
    logger[decision.kind === "abort" ? "warn" : "info"](decision, "canary decision");
    return save();
  };

  let cancelSave = () => {};
  const saveNowAndThen = () => {
    cancelSave = clock.schedule(saveIntervalMs, () => {
      if (hasChanged) void save().catch(() => {});
      saveNowAndThen();
    });
  };
  if (store !== undefined) saveNowAndThen();

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
        hasChanged = true;
        const decision = controller.observe(observation, timeOfDayMs());
        if (decision !== undefined) void decided(decision).catch(() => {});
      },
    },
    async close() {
      cancelSave();
      await save().catch(() => {});
    },
  };
}
