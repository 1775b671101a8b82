import type { CohortTotals, GetOverviewResponse } from "@meridian/admin-proto";
import { StepChart } from "../charts/step-chart.js";
import { formatCount, formatShare, shareOf } from "../format/numbers.js";
import { formatMoment, msOf } from "../format/time.js";
import { Empty, Panel } from "../parts/panel.js";

/** Where the canary is, how it came there, and how its side compares with the other. */
export function CanaryPanel({ overview }: { readonly overview: GetOverviewResponse }) {
  const { canary, canaryChanges, since, now } = overview;
  if (canary === undefined) return null;
  const { name, state, percentage, reason, waitsFor, nextStepAt } = canary;
  const hasCourse = canaryChanges.length > 0;
  const changes = hasCourse
    ? canaryChanges.map(({ at, fromPercentage, percentage: to, kind }) => ({
        atMs: msOf(at),
        from: fromPercentage,
        percentage: to,
        kind,
      }))
    : [{ atMs: msOf(since), from: percentage, percentage, kind: "begin" }];
  return (
    <Panel name="canary" title="Canary" note={name} controls={<span class={`tag tag-${state}`}>{state}</span>}>
      {state === "idle" && !hasCourse ? (
        <Empty>
          <p>
            Nobody has a canary now. <code>meridian canary set 10</code> begins one.
          </p>
        </Empty>
      ) : (
        <>
          <p class="canary-now">
            <b>{percentage} %</b> of the users have it: {reason}.
            {waitsFor !== "" && ` The next step waits for ${waitsFor}`}
            {nextStepAt !== undefined && ` (not before ${formatMoment(msOf(nextStepAt), msOf(now))})`}
            {waitsFor !== "" && "."}
          </p>
          <StepChart
            label={`The canary's share of the users over time; now ${percentage} %`}
            changes={changes}
            startMs={msOf(since)}
            endMs={msOf(now)}
          />
          <Comparison canary={canary.canary} baseline={canary.baseline} />
        </>
      )}
    </Panel>
  );
}

/** The two sides. */
interface ComparisonProps {
  readonly canary: CohortTotals | undefined;
  readonly baseline: CohortTotals | undefined;
}

function Comparison({ canary, baseline }: ComparisonProps) {
  if (canary === undefined || baseline === undefined || canary.calls + baseline.calls === 0n) return null;
  return (
    <table class="key">
      <thead>
        <tr>
          <th scope="col">Side</th>
          <th scope="col">Calls</th>
          <th scope="col">Failed</th>
          <th scope="col">Slow</th>
        </tr>
      </thead>
      <tbody>
        {(
          [
            ["Canary", canary],
            ["Baseline", baseline],
          ] as const
        ).map(([name, { calls, failed, answers, slow }]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{formatCount(calls)}</td>
            <td>{formatShare(shareOf(failed, calls))}</td>
            <td>{formatShare(shareOf(slow, answers))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
