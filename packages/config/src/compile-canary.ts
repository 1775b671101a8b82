import type { CanaryPolicy, RolloutPolicy } from "@meridian/core";
import { FrozenMap } from "./frozen-map.js";
import type { Config } from "./schema/config-schema.js";

type CanaryEntry = Config["routing"]["canary"];

const hourMs = 3_600_000;

/** The canary, its times in milliseconds. */
export function compileCanary({ models, rollout, stateFile, ...canary }: CanaryEntry): CanaryPolicy {
  return {
    ...canary,
    models: new FrozenMap(Object.entries(models)),
    rollout: rollout === undefined ? undefined : compileRollout(rollout),
    stateFile,
  };
}

function compileRollout(entry: NonNullable<CanaryEntry["rollout"]>): RolloutPolicy {
  const { stepHours, fullAfterHours, ...effects } = entry;
  return { ...effects, stepMs: stepHours * hourMs, fullAfterMs: fullAfterHours * hourMs };
}
