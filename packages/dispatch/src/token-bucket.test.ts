import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.js";

function createBucket() {
  const clock = createFakeClock();
  return { clock, bucket: new TokenBucket({ capacity: 10, perMinute: 60 }, clock) };
}

test("is full at first, and says how long one has to wait when it is empty", async () => {
  const { clock, bucket } = createBucket();
  expect(bucket.waitMs(10)).toBe(0);
  bucket.take(10);
  expect(bucket.waitMs(1)).toBe(1_000);
  expect(bucket.waitMs(3)).toBe(3_000);
  await clock.advance(999);
  expect(bucket.waitMs(1)).toBeCloseTo(1);
  await clock.advance(1);
  expect(bucket.waitMs(1)).toBe(0);
});

test("never holds more than its capacity", async () => {
  const { clock, bucket } = createBucket();
  await clock.advance(600_000);
  bucket.take(10);
  expect(bucket.waitMs(1)).toBe(1_000);
  bucket.take(-100);
  bucket.take(10);
  expect(bucket.waitMs(1)).toBe(1_000);
});

test("what is larger than it passes when it is full, and is paid off", async () => {
  const { clock, bucket } = createBucket();
  expect(bucket.waitMs(25)).toBe(0);
  bucket.take(25);
  expect(bucket.waitMs(1)).toBe(16_000);
  await clock.advance(16_000);
  expect(bucket.waitMs(1)).toBe(0);
});

test("what is given back may be taken", () => {
  const { bucket } = createBucket();
  bucket.take(10);
  bucket.take(-4);
  expect(bucket.waitMs(4)).toBe(0);
});
