import type { Window } from "@meridian/admin-proto";
import { BarChart } from "../charts/bar-chart.js";
import { colourOf } from "../charts/series.js";
import { formatUsd } from "../format/money.js";
import { formatCount, formatShare, shareOf } from "../format/numbers.js";
import { msOf } from "../format/time.js";
import { Empty, Panel } from "../parts/panel.js";
import { sumOf } from "./sum-of.js";

/** What each model cost, over time and by the hour. */
export function SpendPanel({ window }: { readonly window: Window }) {
  const { models, stepSeconds, countedSeconds } = window;
  const names = models.map(({ model }) => model);
  const spent = sumOf(models.map(({ costNanoUsd }) => costNanoUsd));
  const perHour = (costNanoUsd: bigint) => (Number(costNanoUsd) / Math.max(1, countedSeconds)) * 3_600;
  return (
    <Panel
      name="spend"
      title="Spend by model"
      note={`All attempts, failed ones included, in steps of ${stepSeconds} s`}
    >
      {models.length === 0 ? (
        <Empty>Nothing was spent yet.</Empty>
      ) : (
        <>
          <BarChart
            label={`Spend over time: ${models.map(({ model, costNanoUsd }) => `${model} ${formatUsd(costNanoUsd)}`).join(", ")}`}
            series={models.map(({ model, costNanoUsdSteps }) => ({
              name: model,
              colour: colourOf(model, names),
              values: costNanoUsdSteps.map(Number),
            }))}
            startMs={msOf(window.start)}
            stepSeconds={stepSeconds}
            format={formatUsd}
            height={196}
          />
          <table class="key">
            <thead>
              <tr>
                <th scope="col">Model</th>
                <th scope="col">Chats</th>
                <th scope="col">Share</th>
                <th scope="col">Per hour</th>
                <th scope="col">Since start</th>
              </tr>
            </thead>
            <tbody>
              {models.map(({ model, answers, costNanoUsd, totalCostNanoUsd }) => (
                <tr key={model}>
                  <th scope="row">
                    <span class={`swatch ${colourOf(model, names)}`} />
                    {model}
                  </th>
                  <td>{formatCount(answers)}</td>
                  <td>{formatShare(shareOf(costNanoUsd, spent))}</td>
                  <td>{formatUsd(perHour(costNanoUsd))}</td>
                  <td data-model-cost={model}>{formatUsd(totalCostNanoUsd)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </Panel>
  );
}
