import { expect, test } from "vitest";
import { barChart } from "./chart.js";

test("bars are as long as their values say, and text is no markup", () => {
  const chart = barChart(
    "a < b",
    [
      {
        heading: "one",
        bars: [
          { label: "x & y", value: 4 },
          { label: "ours", value: 1, isOurs: true },
        ],
      },
      { heading: "two", bars: [{ label: "nothing", value: 0 }] },
    ],
    (value) => `${value} ms`,
  );
  const [longest = 0, ours = 0, none] = [...chart.matchAll(/ width="(\d+)"/g)].map(([, length]) => Number(length));
  expect(Math.round(longest / ours)).toBe(4);
  expect(none).toBe(1);
  expect(chart).toContain('class="ours"');
  expect(chart).toContain(">4 ms</text>");
  expect(chart).toContain("x &#38; y");
  expect(chart).not.toContain("a < b");
});
