import type { Percentiles, RegionLatency, Window } from "@meridian/admin-proto";
import { useState } from "preact/hooks";
import { LineChart } from "../charts/line-chart.js";
import { colourOf } from "../charts/series.js";
import { formatCount } from "../format/numbers.js";
import { formatDuration, msOf } from "../format/time.js";
import { regionName } from "../format/words.js";
import { Empty, Panel } from "../parts/panel.js";
import { Segmented } from "../parts/segmented.js";

const percentiles = [
  ["p50Ms", "p50"],
  ["p95Ms", "p95"],
  ["p99Ms", "p99"],
] as const;
const measures = [
  ["answer", "Whole answer"],
  ["firstToken", "First token"],
] as const;
type Percentile = (typeof percentiles)[number][0];
type Measure = (typeof measures)[number][0];

/** How long answered chats took in each region, over time and altogether. */
export function LatencyPanel({ window }: { readonly window: Window }) {
  const [percentile, setPercentile] = useState<Percentile>("p95Ms");
  const [measure, setMeasure] = useState<Measure>("answer");
  const regions = window.regions.filter((region) => wholeOf(region, measure).count > 0n);
  const names = window.regions.map(({ region }) => region);
  const shown = percentiles.find(([value]) => value === percentile)?.[1] ?? "";
  return (
    <Panel
      name="latency"
      title="Latency by region"
      note={
        measure === "answer"
          ? "From a chat's arrival to the end of its answer"
          : "From a chat's arrival to its first token, streams alone"
      }
      controls={
        <>
          <Segmented<Measure> label="Measured" options={measures} value={measure} onChange={setMeasure} />
          <Segmented<Percentile> label="Percentile" options={percentiles} value={percentile} onChange={setPercentile} />
        </>
      }
    >
      {regions.length === 0 ? (
        <Empty>
          {measure === "answer" ? "No chat was answered in this window." : "No stream began in this window."}
        </Empty>
      ) : (
        <div class="chart-and-key">
          <LineChart
            label={`${shown} of the latency by region: ${regions.map((each) => `${regionName(each.region)} ${formatDuration(wholeOf(each, measure)[percentile])}`).join(", ")}`}
            series={regions.map((region) => ({
              name: regionName(region.region),
              colour: colourOf(region.region, names),
              values: stepsOf(region, measure).map((step) => (step.count === 0n ? undefined : step[percentile])),
            }))}
            startMs={msOf(window.start)}
            stepSeconds={window.stepSeconds}
            format={formatDuration}
            height={264}
          />
          <table class="key">
            <thead>
              <tr>
                <th scope="col">Region</th>
                <th scope="col">Chats</th>
                {percentiles.map(([value, label]) => (
                  <th key={value} scope="col" class={value === percentile ? "is-chosen" : ""}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {regions.map((region) => (
                <tr key={region.region}>
                  <th scope="row">
                    <span class={`swatch ${colourOf(region.region, names)}`} />
                    {regionName(region.region)}
                  </th>
                  <td>{formatCount(wholeOf(region, measure).count)}</td>
                  {percentiles.map(([value]) => (
                    <td key={value} class={value === percentile ? "is-chosen" : ""}>
                      {formatDuration(wholeOf(region, measure)[value])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

const none = { count: 0n, p50Ms: 0, p95Ms: 0, p99Ms: 0 };

function wholeOf({ answer, firstToken }: RegionLatency, measure: Measure): Pick<Percentiles, "count" | Percentile> {
  return (measure === "answer" ? answer : firstToken) ?? none;
}

function stepsOf({ answerSteps, firstTokenSteps }: RegionLatency, measure: Measure): readonly Percentiles[] {
  return measure === "answer" ? answerSteps : firstTokenSteps;
}
