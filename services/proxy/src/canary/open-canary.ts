import type { CanaryPolicy, Clock, Credential } from "@meridian/core";
import { CanaryController, type CanaryDecision, type CanaryStatus } from "@meridian/routing";
import type { Logger, Recorder } from "@meridian/telemetry";
import { canaryObservationFrom } from "./canary-observation.js";
import type { CanaryStore } from "./canary-store.js";

/** The canary of a process. */
export interface Canary {
  /** The share of the users that have it now, 0 to 100. */
  percentage(): number;
  status(): CanaryStatus;
  /** Resolves when the change is saved; it holds at once. Rejects where it cannot be saved, and it holds all the same. */
  set(percentage: number, reason: string): Promise<void>;
  /** The same, to 100 %. */
  promote(reason: string): Promise<void>;
  /** The same, back to 0 %. */
  abort(reason: string): Promise<void>;
  /** Takes another policy, after a reload. */
  reconfigure(policy: CanaryPolicy): void;
  /** Tells it of the calls that have ended. */
  readonly recorder: Recorder;
  /** Saves what there is to save. */
  close(): Promise<void>;
}

/** What a canary needs of the world. */
export interface CanaryWorld {
  /** Undefined: nothing is kept over a restart. */
  readonly store: CanaryStore | undefined;
  readonly clock: Clock;
  /** The time of day, in milliseconds since 1970-01-01 UTC: steps go on while the process is away. */
  readonly timeOfDayMs: () => number;
  /** Whether a key may take traffic already. */
  readonly isChecked: (credential: Credential) => boolean;
  readonly logger: Logger;
  readonly onDecision: (decision: CanaryDecision) => void;
}

/** What was counted since is lost where a process dies, in milliseconds. Decisions are saved at once. */
const saveIntervalMs = 60_000;

/** Loads what was kept of the canary and goes on with it. Rejects where that cannot be read. */
export async function openCanary(policy: CanaryPolicy, world: CanaryWorld): Promise<Canary> {
  const { store, clock, timeOfDayMs, logger } = world;
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
