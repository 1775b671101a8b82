import { expect, test } from "vitest";
import type { Spread } from "../measure/spread.js";
import { formatClaims } from "./format-claims.js";
import { type Claim, isMet } from "./must-show.js";

const spread = (median: number): Spread => ({ median, lowest: median / 2, highest: median * 2 });
const claim = (kind: "at most" | "at least", median: number | undefined): Claim => ({
  text: "a call",
  measured: median === undefined ? undefined : spread(median),
  limit: { kind, value: 4 },
});

test.each([
  ["at most", 4, true],
  ["at most", 4.1, false],
  ["at least", 4, true],
  ["at least", 3.9, false],
  ["at most", undefined, undefined],
] as const)("%s 4 with a median of %s: %s", (kind, median, met) => {
  expect(isMet(claim(kind, median))).toBe(met);
});

test("a table says what is met, what is not, and what was not measured", () => {
  expect(
    formatClaims([claim("at most", 2), claim("at least", 2), claim("at most", undefined)])
      .split("\n")
      .slice(2),
  ).toEqual([
    "| a call | 2.00 (1.00-4.00) | at most 4.00 | met |",
    "| a call | 2.00 (1.00-4.00) | at least 4.00 | **not met** |",
    "| a call |  | at most 4.00 | not measured |",
  ]);
});

test("a figure that is not met stands beside those of others in the same run", () => {
  const beside = [["nginx", spread(6)]] as const;
  const rows = formatClaims([
    { ...claim("at most", 8), beside },
    { ...claim("at most", 2), beside },
  ]).split("\n");
  expect(rows.slice(2)).toEqual([
    "| a call | 8.00 (4.00-16.0) | at most 4.00 | **not met**; in the same run nginx 6.00 (3.00-12.0) |",
    "| a call | 2.00 (1.00-4.00) | at most 4.00 | met |",
  ]);
});
