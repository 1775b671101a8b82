import { costNanoUsd, type Prices, type Usage } from "@meridian/core";
import { expect, test } from "vitest";

const usd = 1_000_000_000n;
const prices = (input: bigint, output: bigint, cachedInput?: bigint, reasoning?: bigint): Prices => ({
  inputNanoUsd: input,
  outputNanoUsd: output,
  cachedInputNanoUsd: cachedInput,
  reasoningNanoUsd: reasoning,
});
const usage = (promptTokens: number, completionTokens: number, cachedTokens = 0, reasoningTokens = 0): Usage => ({
  promptTokens,
  completionTokens,
  cachedTokens,
  reasoningTokens,
  provenance: "reported",
});

test.each([
  ["nothing costs nothing", usage(0, 0), prices(2n * usd, 8n * usd), 0n],
  ["a million tokens of output cost the list price", usage(0, 1_000_000), prices(0n, 8n * usd), 8n * usd],
  ["input and output are added", usage(1_000_000, 500_000), prices(2n * usd, 8n * usd), 6n * usd],
  ["an exact sum is not rounded", usage(0, 1), prices(0n, 420_000_000n), 420n],
  ["a fraction of a nano-USD is rounded up", usage(0, 1), prices(0n, 1n), 1n],
  ["just above a whole one is rounded up", usage(0, 1_000_001), prices(0n, 1n), 2n],
  ["parts are summed before the rounding, not each rounded", usage(500_000, 500_000), prices(1n, 1n), 1n],
  ["cached input has its own price", usage(1_000_000, 0, 400_000), prices(10n, 0n, 5n), 8n],
  ["cached input costs as the rest where no price is set", usage(1_000_000, 0, 400_000), prices(10n, 0n), 10n],
  ["a cached price of 0 is a price", usage(1_000_000, 0, 400_000), prices(10n, 0n, 0n), 6n],
  ["more cached than asked counts as all cached", usage(1_000_000, 0, 2_000_000), prices(10n, 0n, 5n), 5n],
  ["reasoning has its own price", usage(0, 1_000_000, 0, 250_000), prices(0n, 4n, undefined, 8n), 5n],
  ["reasoning costs as the rest where no price is set", usage(0, 1_000_000, 0, 250_000), prices(0n, 4n), 4n],
  ["a reasoning price of 0 is a price", usage(0, 1_000_000, 0, 250_000), prices(0n, 4n, undefined, 0n), 3n],
  ["more reasoning than answer counts as all reasoning", usage(0, 1_000_000, 0, 2_000_000), prices(0n, 4n, 0n, 8n), 8n],
  [
    "the largest counts stay exact",
    usage(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    prices(1_000_000n, 15n * usd),
    9_007_199_254_740_991n + 9_007_199_254_740_991n * 15_000n,
  ],
])("%s", (_name, used, list, expected) => {
  expect(costNanoUsd(used, list)).toBe(expected);
});
