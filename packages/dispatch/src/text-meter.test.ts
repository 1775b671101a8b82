import { expect, test } from "vitest";
import { createTextMeter } from "./text-meter.js";

function createMeter() {
  const counted: string[] = [];
  const meter = createTextMeter((texts) => {
    counted.push(...texts);
    return Math.floor(texts.join("").length / 4);
  });
  return { meter, counted };
}

test("nothing is no token, and is not counted", () => {
  const { meter, counted } = createMeter();
  expect(meter.tokens()).toBe(0);
  meter.add("");
  expect(meter.tokens()).toBe(0);
  expect(counted).toEqual([]);
});

test("counts short texts as they are, when asked", () => {
  const { meter, counted } = createMeter();
  meter.add("The quick ");
  meter.add("brown fox.");
  expect(counted).toEqual([]);
  expect(meter.tokens()).toBe(5);
  expect(counted).toEqual(["The quick brown fox."]);
});

test("counts the rest of a long text by proportion", () => {
  const { meter, counted } = createMeter();
  for (let piece = 0; piece < 1_000; piece += 1) meter.add("x".repeat(1_000));
  expect(meter.tokens()).toBe(250_000);
  expect(counted.join("").length).toBeLessThanOrEqual(32_768);
});

test("keeps no more of one huge piece either", () => {
  const { meter, counted } = createMeter();
  meter.add("x".repeat(4_000_000));
  expect(meter.tokens()).toBe(1_000_000);
  expect(counted.join("").length).toBeLessThanOrEqual(32_768);
});
