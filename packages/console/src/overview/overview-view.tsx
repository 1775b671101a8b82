import type { GetOverviewResponse } from "@meridian/admin-proto";
import { Segmented } from "../parts/segmented.js";
import { CanaryPanel } from "./canary-panel.js";
import { EndpointsPanel } from "./endpoints-panel.js";
import { FailuresPanel } from "./failures-panel.js";
import { FirstCall } from "./first-call.js";
import { KeyFigures } from "./key-figures.js";
import { LatencyPanel } from "./latency-panel.js";
import { SpendPanel } from "./spend-panel.js";
import { TiersPanel } from "./tiers-panel.js";
import { TrafficPanel } from "./traffic-panel.js";
import { verdictOf } from "./verdict-of.js";

/** What the overview shows. */
export interface OverviewViewProps {
  /** Undefined before it was read. */
  readonly overview: GetOverviewResponse | undefined;
  readonly windowMinutes: number;
  readonly onWindow: (minutes: number) => void;
}

const windows = [
  [5, "5 min"],
  [15, "15 min"],
  [60, "1 h"],
] as const satisfies readonly (readonly [number, string])[];

/** All that is known, at a glance. */
export function OverviewView({ overview, windowMinutes, onWindow }: OverviewViewProps) {
  const window = overview?.window;
  return (
    <>
      <div class="lead">
        <Verdict overview={overview} />
        <Segmented<number> label="Window of time" options={windows} value={windowMinutes} onChange={onWindow} />
      </div>
      {overview === undefined || window === undefined ? (
        <div class="loading" aria-busy="true" />
      ) : (
        <div class="overview">
          {overview.totals?.calls === 0n && <FirstCall />}
          <KeyFigures overview={overview} window={window} />
          <LatencyPanel window={window} />
          <TrafficPanel window={window} />
          <SpendPanel window={window} />
          <EndpointsPanel endpoints={overview.endpoints} />
          <TiersPanel tiers={window.tiers} />
          <CanaryPanel overview={overview} />
          <FailuresPanel calls={overview.failedCalls} now={overview.now} />
        </div>
      )}
    </>
  );
}

function Verdict({ overview }: { readonly overview: GetOverviewResponse | undefined }) {
  const problems = overview === undefined ? [] : verdictOf(overview);
  const title =
    overview === undefined
      ? "Reading…"
      : problems.length === 0
        ? "All is well."
        : problems.length === 1
          ? "One thing needs a look."
          : `${problems.length} things need a look.`;
  return (
    <div class="verdict">
      <h1 aria-live="polite">{title}</h1>
      {problems.length > 0 && (
        <ul>
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
