import { type CallFeatures, type Model, mostNanoUsd, pricesAt } from "@meridian/core";

/**
 * What an answer of the largest size allowed would cost with a model, in nano-USD: the prompt at the input price and
 * `maxTokens` for each of the choices at the output price, or at that of reasoning where that is higher; as the prices are
 * at `timeOfDayMs`, in milliseconds since 1970-01-01 UTC.
 *
 * The prompt's tokens are the full count for prompts of up to 8,192 UTF-16 units. Longer ones are taken to be as dense
 * as the densest of 32 samples, which leans high but is no guarantee; a full count would take a second of CPU for a few
 * megabytes. They are not looked at where no model bills its input. With precision "decided" and no limit to check
 * against, a token is taken for four UTF-16 units.
 */
export function estimateCost(
  { prompt, choices }: CallFeatures,
  maxTokens: number,
  model: Model,
  timeOfDayMs: number,
): bigint {
  return mostNanoUsd(prompt.billedTokens, maxTokens * choices, pricesAt(model.prices, timeOfDayMs));
}
