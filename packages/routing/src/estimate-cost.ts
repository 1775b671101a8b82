import { type ChatCall, type Model, mostNanoUsd, pricesAt } from "@meridian/core";
import type { TokenPrecision } from "./classify.js";
import { estimateTokens } from "./estimate-tokens.js";
import type { TokenCounter } from "./token-counter.js";

/**
 * A function from a model to what an answer of the largest size allowed would cost with it, in nano-USD:
 * the prompt at the input price and `maxTokens` for each of the choices at the output price, or at that of reasoning where
 * that is higher; as the prices are at `timeOfDayMs`, in milliseconds since 1970-01-01 UTC.
 *
 * The prompt's tokens are the full count for prompts of up to 8,192 UTF-16 units. Longer ones are taken to be as dense
 * as the densest of 32 samples, which leans high but is no guarantee; a full count would take a second of CPU for a few
 * megabytes. They are not looked at where no model bills its input. With precision "decided" and no limit to check
 * against, a token is taken for four UTF-16 units.
 */
export function createCostEstimator(
  call: Pick<ChatCall, "texts" | "choices" | "routing">,
  maxTokens: number,
  counter: TokenCounter,
  precision: TokenPrecision,
  timeOfDayMs: number,
): (model: Model) => bigint {
  let promptTokens: number | undefined;
  const countPrompt = () => {
    if (precision === "decided" && call.routing.maxCostNanoUsd === undefined) {
      return Math.ceil(call.texts.reduce((units, text) => units + text.length, 0) / 4);
    }
    return estimateTokens(call.texts, counter).likelyAtMost;
  };
  return (model) => {
    const prices = pricesAt(model.prices, timeOfDayMs);
    if (prices.inputNanoUsd > 0n) promptTokens ??= countPrompt();
    return mostNanoUsd(promptTokens ?? 0, maxTokens * call.choices, prices);
  };
}
