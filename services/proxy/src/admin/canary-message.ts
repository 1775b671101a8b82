import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Canary, CanarySchema, CohortTotalsSchema } from "@meridian/admin-proto";
import type { CanaryStatus, CohortTotals } from "@meridian/routing";

/** The canary as admin calls show it. */
export function canaryMessageFrom({ comparison, nextStepAtMs, ...status }: CanaryStatus): Canary {
  const { name, phase, percentage, sinceMs, reason, waitsFor } = status;
  return create(CanarySchema, {
    name,
    state: phase,
    percentage,
    since: timestampFromMs(sinceMs),
    reason,
    ...(nextStepAtMs === undefined ? {} : { nextStepAt: timestampFromMs(nextStepAtMs) }),
    waitsFor: waitsFor ?? "",
    canary: totalsFrom(comparison.canary),
    baseline: totalsFrom(comparison.baseline),
  });
}

function totalsFrom({ calls, failed, answers, slow }: CohortTotals) {
  return create(CohortTotalsSchema, {
    calls: BigInt(calls),
    failed: BigInt(failed),
    answers: BigInt(answers),
    slow: BigInt(slow),
  });
}
