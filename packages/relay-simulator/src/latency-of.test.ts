import { expect, test } from "vitest";
import type { OpenCall } from "./call-log.js";
import { latencyOf } from "./latency-of.js";
import type { SimulatedModel } from "./simulated-model.js";
import { createSimulatorState } from "./simulator-state.js";

function draw(model: Partial<SimulatedModel>, seed = 1, calls = 4_001): readonly number[] {
  const state = createSimulatorState({ seed });
  const call: Pick<OpenCall, "headers"> = { headers: { "x-edge-region": "ID" } };
  return Array.from({ length: calls }, () => latencyOf({ id: "model", ...model }, { call }, state));
}

test("without a spread it is always the same", () => {
  expect(new Set(draw({ latencyMs: 60, regionLatencyMs: { ID: 15 } }))).toEqual(new Set([75]));
});

test("with one it is a log-normal around the median, and the way is added", () => {
  const sorted = draw({ latencyMs: 60, latencySpread: 0.4, regionLatencyMs: { ID: 15 } }).toSorted((a, b) => a - b);
  expect((sorted[2_000] ?? 0) / 75).toBeCloseTo(1, 1);
  // The 95th percentile is 1.645 sigma above the median.
  expect((sorted[3_800] ?? 0) / (15 + 60 * Math.exp(0.4 * 1.645))).toBeCloseTo(1, 1);
});

test("comes from the seed", () => {
  const model = { latencyMs: 60, latencySpread: 0.4 };
  expect(draw(model, 1, 5)).toEqual(draw(model, 1, 5));
  expect(draw(model, 1, 5)).not.toEqual(draw(model, 2, 5));
});
