import { type FaultRule, parseFault } from "@meridian/relay-simulator";
import { describe, test } from "vitest";
import { checkFaultCase, checkNextCalls } from "./testing/check-fault-case.js";
import { casesOf, type FaultCase, type Place } from "./testing/fault-cases.js";
import { faultRows } from "./testing/fault-rows.js";
import { longLimits, shortLimits } from "./testing/short-limits.js";
import { firstModel } from "./testing/two-models.js";
import { useLanes } from "./testing/use-lanes.js";

/** As many tests as vitest runs at the same time. */
const laneCount = 5;

/** Which of the relay's answers have the fault. */
const narrowed = {
  "first on the primary": { model: firstModel, times: 1 },
  "always on the primary": { model: firstModel },
  "on all": {},
} as const satisfies Record<Place, Partial<FaultRule>>;

// `refused` takes a port, see faults-refused.test.ts.
const { refused: _, ...rows } = faultRows;
const cases = Object.values(rows).flat().flatMap(casesOf);
const isWaiting = ({ expected }: FaultCase) => expected.attempts.some((attempt) => attempt.endsWith("_limit"));

describe.concurrent.each([
  { group: "that a limit ends", yaml: shortLimits, members: cases.filter(isWaiting) },
  { group: "that ends by itself", yaml: longLimits, members: cases.filter((each) => !isWaiting(each)) },
])("every fault $group", ({ yaml, members }) => {
  const onLane = useLanes(laneCount, { yaml });

  test.each(members)("$rpc, $fault $place, commit $commit", (each) =>
    onLane(async (proxy) => {
      proxy.misbehave({ fault: parseFault(each.fault), ...narrowed[each.place] });
      await checkFaultCase(proxy, each);
      proxy.misbehave();
      await checkNextCalls(proxy, each);
    }),
  );
});
