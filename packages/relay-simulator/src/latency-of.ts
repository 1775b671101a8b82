import type { OpenCall } from "./call-log.js";
import type { SimulatedModel } from "./simulated-model.js";
import type { SimulatorState } from "./simulator-state.js";

/** What a model takes to the first byte of this answer, in milliseconds, its way to the caller's country included. */
export function latencyOf(
  model: SimulatedModel,
  { call }: { readonly call: Pick<OpenCall, "headers"> },
  { options, random }: SimulatorState,
): number {
  const country = call.headers["x-edge-region"] ?? "";
  const addedMs = (model.regionLatencyMs ?? options.regionLatencyMs)?.[country] ?? 0;
  const { latencyMs = 0, latencySpread = 0 } = model;
  if (latencySpread === 0) {
    return latencyMs + addedMs;
  }
  // A normal number from two even ones: https://en.wikipedia.org/wiki/Box-Muller_transform
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return latencyMs * Math.exp(latencySpread * normal) + addedMs;
}
