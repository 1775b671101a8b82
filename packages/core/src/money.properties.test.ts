import { costNanoUsd, mostNanoUsd, type Prices, pricesAt, type Usage } from "@meridian/core";
import fc from "fast-check";
import { expect, test } from "vitest";

const count = fc.nat({ max: 10_000_000 });
const price = fc.bigInt(0n, 100_000n * 1_000_000_000n);
const optionalPrice = fc.option(price, { nil: undefined });
const anyPrices = fc.record<Prices>({
  inputNanoUsd: price,
  outputNanoUsd: price,
  cachedInputNanoUsd: optionalPrice,
  reasoningNanoUsd: optionalPrice,
});
const anyUsage = fc
  .tuple(count, count, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(
    ([promptTokens, completionTokens, cached, reasoning]): Usage => ({
      promptTokens,
      completionTokens,
      cachedTokens: Math.floor(promptTokens * cached),
      reasoningTokens: Math.floor(completionTokens * reasoning),
      provenance: "reported",
    }),
  );

/** By itself, each kind of token at its price. */
function exactPerMillion(usage: Usage, prices: Prices): bigint {
  const parts: readonly [number, bigint][] = [
    [usage.promptTokens - usage.cachedTokens, prices.inputNanoUsd],
    [usage.cachedTokens, prices.cachedInputNanoUsd ?? prices.inputNanoUsd],
    [usage.completionTokens - usage.reasoningTokens, prices.outputNanoUsd],
    [usage.reasoningTokens, prices.reasoningNanoUsd ?? prices.outputNanoUsd],
  ];
  return parts.reduce((sum, [tokens, each]) => sum + BigInt(tokens) * each, 0n);
}

test("a cost is the exact sum of its parts, rounded up once: less than one nano-USD above it", () => {
  fc.assert(
    fc.property(anyUsage, anyPrices, (usage, prices) => {
      const aboveMillionths = costNanoUsd(usage, prices) * 1_000_000n - exactPerMillion(usage, prices);
      expect(aboveMillionths).toBeGreaterThanOrEqual(0n);
      expect(aboveMillionths).toBeLessThan(1_000_000n);
    }),
  );
});

test("the cost of several attempts is above their exact sum by less than one nano-USD each", () => {
  fc.assert(
    fc.property(fc.array(anyUsage, { minLength: 1, maxLength: 20 }), anyPrices, (usages, prices) => {
      const cost = usages.reduce((sum, usage) => sum + costNanoUsd(usage, prices), 0n);
      const exact = usages.reduce((sum, usage) => sum + exactPerMillion(usage, prices), 0n);
      expect(cost * 1_000_000n - exact).toBeGreaterThanOrEqual(0n);
      expect(cost * 1_000_000n - exact).toBeLessThan(1_000_000n * BigInt(usages.length));
    }),
  );
});

test("nothing of the same size costs more than the most, unless what is cached is dearer", () => {
  fc.assert(
    fc.property(anyUsage, anyPrices, (usage, prices) => {
      fc.pre((prices.cachedInputNanoUsd ?? 0n) <= prices.inputNanoUsd);
      const most = mostNanoUsd(usage.promptTokens, usage.completionTokens, prices);
      expect(costNanoUsd(usage, prices)).toBeLessThanOrEqual(most);
    }),
  );
});

test("the prices in force are the last that have begun", () => {
  const times = fc.uniqueArray(fc.nat({ max: 50 }), { maxLength: 6 }).map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(times, anyPrices, fc.integer({ min: -5, max: 60 }), (dates, base, timeMs) => {
      const numbered = (number: number) => ({ ...base, inputNanoUsd: BigInt(number) });
      const changes = dates.map((validFromMs, index) => ({ validFromMs, prices: numbered(index + 1) }));
      const begun = dates.filter((date) => date <= timeMs).length;
      expect(pricesAt({ base: numbered(0), changes }, timeMs).inputNanoUsd).toBe(BigInt(begun));
    }),
  );
});
