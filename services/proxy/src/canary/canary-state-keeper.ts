import type { Clock } from "@meridian/core";
import type { Logger } from "@meridian/telemetry";

/** Keeps a state that changes all the time. */
export interface CanaryStateKeeper {
  /** It is another one than was saved: it is saved within a minute. */
  noteChange(): void;
  /** Saves it now. Rejects where that fails; then it is tried again within a minute. */
  save(): Promise<void>;
  /** Saves what there is to save. */
  close(): Promise<void>;
}

/** What was counted since is lost where a process dies, in milliseconds. Decisions are saved at once. */
const saveIntervalMs = 60_000;

/**
 * Creates the keeper of a state.
 *
 * @param saveState saves the state that there is; undefined: nothing is kept
 */
export function createCanaryStateKeeper(
  saveState: (() => Promise<void>) | undefined,
  { clock, logger }: { readonly clock: Clock; readonly logger: Pick<Logger, "error"> },
): CanaryStateKeeper {
  let hasChanged = false;
  let saving: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    if (saveState === undefined) return Promise.resolve();
    hasChanged = false;
    // One after the other, each with what is known when its turn comes: the last one wins.
    const saved = saving.then(saveState);
    saving = saved.catch((error: unknown) => {
      hasChanged = true;
      logger.error({ err: error }, "the canary's state could not be saved");
    });
    return saved;
  };

  let cancelSave = () => {};
  const saveNowAndThen = () => {
    cancelSave = clock.schedule(saveIntervalMs, () => {
      if (hasChanged) void save().catch(() => {});
      saveNowAndThen();
    });
  };
  if (saveState !== undefined) saveNowAndThen();

  return {
    noteChange() {
      hasChanged = true;
    },
    save,
    async close() {
      cancelSave();
      await save().catch(() => {});
    },
  };
}
