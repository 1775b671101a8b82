import type { GetOverviewResponse, Window } from "@meridian/admin-proto";
import type { ComponentChildren } from "preact";
import { Spark } from "../charts/spark.js";
import { formatUsd } from "../format/money.js";
import { formatCount, formatRate, formatShare, shareOf } from "../format/numbers.js";
import { durationParts, formatClock, formatDuration, msOf } from "../format/time.js";
import { counted } from "../format/words.js";
import { sumOf } from "./sum-of.js";

/** What the figures are of. */
export interface KeyFiguresProps {
  readonly overview: GetOverviewResponse;
  readonly window: Window;
}

/** The five figures that say how it goes. */
export function KeyFigures({ overview, window }: KeyFiguresProps) {
  const { totals, callsInFlight, since } = overview;
  const calls = sumOf(window.calls);
  const failed = sumOf(window.failed);
  const cost = sumOf(window.models.map(({ costNanoUsd }) => costNanoUsd));
  const seconds = Math.max(1, window.countedSeconds);
  const perSecond = Number(calls) / seconds;
  const isSlow = perSecond < 1;
  const answer = window.allRegions?.answer;
  const [p95, unit] = durationParts(answer?.p95Ms ?? 0);
  const costSteps = window.calls.map((_, step) =>
    Number(sumOf(window.models.map(({ costNanoUsdSteps }) => costNanoUsdSteps[step] ?? 0n))),
  );
  return (
    <section class="panel figures" aria-label="Key figures">
      <Figure
        name="Traffic"
        value={formatRate(isSlow ? perSecond * 60 : perSecond)}
        unit={isSlow ? "calls/min" : "calls/s"}
        note={`${formatCount(calls)} in the window`}
        spark={<Spark values={window.calls.map(Number)} colour="colour-ink" />}
      />
      <Figure
        name="Failing"
        value={formatShare(shareOf(failed, calls)).replace(" %", "")}
        unit="%"
        note={`${formatCount(failed)} of ${counted(calls, "call")}`}
        spark={<Spark values={window.failed.map(Number)} colour="colour-bad" />}
      />
      <Figure
        name="Latency, p95"
        value={answer?.count === 0n ? "–" : p95}
        unit={answer?.count === 0n ? "" : unit}
        note={`p50 ${formatDuration(answer?.p50Ms ?? 0)} · p99 ${formatDuration(answer?.p99Ms ?? 0)}`}
        spark={<Spark values={window.allRegions?.answerSteps.map(({ p95Ms }) => p95Ms) ?? []} colour="colour-accent" />}
      />
      <Figure
        name="Spend"
        value={formatUsd((Number(cost) / seconds) * 3_600)}
        unit="/h"
        note={`${formatUsd(totals?.costNanoUsd ?? 0n)} since ${formatClock(msOf(since))}`}
        spark={<Spark values={costSteps} colour="colour-2" />}
      />
      <Figure
        name="In flight"
        value={formatCount(callsInFlight)}
        unit="now"
        note={
          <>
            <span data-total="calls">{counted(totals?.calls ?? 0n, "call")}</span>,{" "}
            <span data-total="failed">{Number(totals?.failed ?? 0n).toLocaleString("en")} failed</span>, since{" "}
            {formatClock(msOf(since))}
          </>
        }
      />
    </section>
  );
}

/** A figure with its name. */
interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  readonly note: ComponentChildren;
  readonly spark?: ComponentChildren;
}

function Figure({ name, value, unit, note, spark }: FigureProps) {
  return (
    <div class="figure">
      <h2>{name}</h2>
      <p class="figure-value">
        {value} <small>{unit}</small>
      </p>
      <p class="note">{note}</p>
      <div class="figure-spark">{spark}</div>
    </div>
  );
}
