import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { FailedCallSchema } from "@meridian/admin-proto";
import type { CallRecord } from "@meridian/telemetry";

type FailedCall = MessageInitShape<typeof FailedCallSchema>;

const maxCalls = 50;
const maxAttempts = 16;

/** What says nothing of a relay, and may come in floods: it would push all else out. */
const uninteresting: readonly string[] = ["canceled", "too_many_calls", "unauthenticated"];

/** The last calls that failed. */
export interface FailedCalls {
  add(record: CallRecord): void;
  /** The newest first. */
  list(): readonly FailedCall[];
}

/** Creates the list of the last calls that failed. It keeps 50, and of each what is shown. */
export function createFailedCalls(): FailedCalls {
  const calls: FailedCall[] = [];
  return {
    add(record) {
      if (record.code === "ok" || uninteresting.includes(record.reason ?? record.code)) return;
      calls.unshift(failedCallFrom(record));
      if (calls.length > maxCalls) calls.pop();
    },
    list: () => calls,
  };
}

function failedCallFrom({ requestId, rpc, protocol, tenant, code, reason, plan, ...record }: CallRecord): FailedCall {
  return {
    requestId,
    // Timestamps hold whole milliseconds alone.
    arrivedAt: timestampFromMs(Math.round(record.arrivedAtMs)),
    rpc,
    protocol,
    tenant,
    code,
    reason: reason ?? code,
    country: plan?.location.country ?? "",
    tier: plan === undefined ? "" : (plan.tier ?? "pinned"),
    model: plan?.model ?? "",
    durationMs: record.durationMs,
    attempts: record.attempts.slice(0, maxAttempts).map(({ deployment, ...attempt }) => ({
      endpoint: deployment.endpoint.name,
      model: deployment.model.id,
      outcome: attempt.outcome,
      status: attempt.status,
      startMs: attempt.startMs,
      durationMs: attempt.durationMs,
      costNanoUsd: attempt.costNanoUsd,
    })),
  };
}
