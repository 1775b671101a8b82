import type { Window } from "@meridian/admin-proto";
import { BarChart } from "../charts/bar-chart.js";
import { formatCount, formatShare, shareOf } from "../format/numbers.js";
import { msOf } from "../format/time.js";
import { plainWord } from "../format/words.js";
import { Empty, Panel } from "../parts/panel.js";
import { sumOf } from "./sum-of.js";

const shownReasons = 5;

/** How many calls ended, and why those failed that did. */
export function TrafficPanel({ window }: { readonly window: Window }) {
  const { calls, failed, reasons, stepSeconds } = window;
  const allFailed = sumOf(failed);
  return (
    <Panel name="traffic" title="Traffic" note={`Calls that ended, in steps of ${stepSeconds} s`}>
      {sumOf(calls) === 0n ? (
        <Empty>No call ended in this window.</Empty>
      ) : (
        <>
          <BarChart
            label={`Calls over time: ${formatCount(sumOf(calls))}, of which ${formatCount(allFailed)} failed`}
            series={[
              {
                name: "answered",
                colour: "colour-ink",
                values: calls.map((each, step) => Number(each - (failed[step] ?? 0n))),
              },
              { name: "failed", colour: "colour-bad", values: failed.map(Number) },
            ]}
            startMs={msOf(window.start)}
            stepSeconds={stepSeconds}
            format={formatCount}
            height={196}
          />
          <h3>Why calls failed</h3>
          {reasons.length === 0 ? (
            <p class="note">None did.</p>
          ) : (
            <ul class="ranking">
              {reasons.slice(0, shownReasons).map(({ reason, calls: count }) => (
                <li key={reason}>
                  <span>{plainWord(reason)}</span>
                  <span class="ranking-bar colour-bad">
                    <span style={{ width: `${shareOf(count, reasons[0]?.calls ?? 1n) * 100}%` }} />
                  </span>
                  <b>{formatCount(count)}</b>
                  <span class="note">{formatShare(shareOf(count, allFailed))}</span>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Panel>
  );
}
