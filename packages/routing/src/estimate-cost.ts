import { type ChatCall, costNanoUsd, type Model } from "@meridian/core";
import type { TokenPrecision } from "./classify.js";
import { estimateTokens } from "./estimate-tokens.js";
import type { TokenCounter } from "./token-counter.js";

/**
 * A function from a model to what an answer of the largest size allowed would cost with it, in nano-USD:
 * the prompt at the input price and `maxTokens` for each of the choices at the output price.
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
): (model: Model) => bigint {
  let promptTokens: number | undefined;
  const countPrompt = () => {
    if (precision === "decided" && call.routing.maxCostNanoUsd === undefined) {
      return Math.ceil(call.texts.reduce((units, text) => units + text.length, 0) / 4);
    }
    return estimateTokens(call.texts, counter).likelyAtMost;
  };
  return (model) => {
    if (model.prices.inputNanoUsd > 0n) promptTokens ??= countPrompt();
    const usage = {
      promptTokens: promptTokens ?? 0,
      completionTokens: maxTokens * call.choices,
      cachedTokens: 0,
      reasoningTokens: 0,
      provenance: "estimated",
    } as const;
    return costNanoUsd(usage, model.prices);
  };
}
