import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type CanaryChangeSchema, type GetOverviewResponse, GetOverviewResponseSchema } from "@meridian/admin-proto";
import type { CanaryDecision } from "@meridian/routing";
import type { Recorder } from "@meridian/telemetry";
import { createFailedCalls } from "./failed-calls.js";
import { createTimeSlots } from "./time-slots.js";
import { windowOf } from "./window-of.js";

const maxCanaryChanges = 50;

/** What the console knows of the calls of a process: bounded, and without a prompt, an answer or a key. */
export interface CallStatistics {
  readonly recorder: Recorder;
  /** Tells it of a change of the canary. */
  canaryDecided(decision: CanaryDecision): void;
  /** What was counted, and the last minutes; the rest of the overview is empty. */
  read(minutes: number): GetOverviewResponse;
}

/** What the statistics need of the world. */
export interface StatisticsWorld {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs: () => number;
  /** Whether a country is in the region table: every other one counts as "DEFAULT". */
  readonly isRegion: (country: string) => boolean;
}

/** Creates the statistics; they begin to count now. */
export function createCallStatistics({ timeOfDayMs, isRegion }: StatisticsWorld): CallStatistics {
  const sinceMs = timeOfDayMs();
  const slots = createTimeSlots();
  const failedCalls = createFailedCalls();
  const totals = { calls: 0n, failed: 0n, costNanoUsd: 0n };
  const totalCosts = new Map<string, bigint>();
  const canaryChanges: MessageInitShape<typeof CanaryChangeSchema>[] = [];
  let callsInFlight = 0n;
  return {
    recorder: {
      callStarted() {
        callsInFlight += 1n;
      },
      callEnded(record) {
        callsInFlight -= 1n;
        totals.calls += 1n;
        if (record.code !== "ok") totals.failed += 1n;
        for (const { deployment, costNanoUsd } of record.attempts) {
          const model = deployment.model.id;
          totals.costNanoUsd += costNanoUsd;
          totalCosts.set(model, (totalCosts.get(model) ?? 0n) + costNanoUsd);
        }
        const country = record.plan?.location.country ?? "";
        slots.add(record, isRegion(country) ? country : "DEFAULT", timeOfDayMs());
        failedCalls.add(record);
      },
    },
    canaryDecided({ kind, from: fromPercentage, percentage, reason }) {
      canaryChanges.push({ at: timestampFromMs(timeOfDayMs()), kind, fromPercentage, percentage, reason });
      if (canaryChanges.length > maxCanaryChanges) canaryChanges.shift();
    },
    read(minutes) {
      const nowMs = timeOfDayMs();
      return create(GetOverviewResponseSchema, {
        now: timestampFromMs(nowMs),
        since: timestampFromMs(sinceMs),
        totals,
        callsInFlight,
        window: windowOf(slots, { minutes, nowMs, sinceMs, totalCosts }),
        canaryChanges,
        failedCalls: [...failedCalls.list()],
      });
    },
  };
}
