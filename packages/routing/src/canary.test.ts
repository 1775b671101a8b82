import { describe, expect, test } from "vitest";
import { canaryBucket, cohortOf, sideOf } from "./canary.js";
import { murmur3 } from "./murmur3.js";

const utf8 = new TextEncoder();
const users = Array.from({ length: 5000 }, (_, index) => `user-${index}`);

describe("murmur3 gives the published values", () => {
  test.each([
    ["", 0, 0],
    ["", 1, 0x514e28b7],
    ["", 0xffffffff, 0x81f16f39],
    ["a", 0x9747b28c, 0x7fa09ea6],
    ["aa", 0x9747b28c, 0x5d211726],
    ["aaa", 0x9747b28c, 0x283e0130],
    ["aaaa", 0x9747b28c, 0x5a97808a],
    ["ab", 0x9747b28c, 0x74875592],
    ["abc", 0x9747b28c, 0xc84a62dd],
    ["abcd", 0x9747b28c, 0xf0478627],
    ["Hello, world!", 0x9747b28c, 0x24884cba],
    ["ππππππππ", 0x9747b28c, 0xd58063c1],
    ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
  ])("of %j with seed %i", (text, seed, hash) => {
    expect(murmur3(utf8.encode(text), seed)).toBe(hash);
  });

  test.each([
    [[0xff, 0xff, 0xff, 0xff], 0, 0x76293b50],
    [[0x21, 0x43, 0x65, 0x87], 0, 0xf55b516b],
    [[0x21, 0x43, 0x65, 0x87], 0x5082edee, 0x2362f9de],
    [[0x21, 0x43, 0x65], 0, 0x7e4a8634],
    [[0x21, 0x43], 0, 0xa0f7b07a],
    [[0x21], 0, 0x72661cf4],
    [[0, 0, 0, 0], 0, 0x2362f9de],
    [[0, 0, 0], 0, 0x85f0b427],
    [[0, 0], 0, 0x30f4c306],
    [[0], 0, 0x514e28b7],
  ])("of the bytes %j with seed %i", (bytes, seed, hash) => {
    expect(murmur3(Uint8Array.from(bytes), seed)).toBe(hash);
  });

  test("of bytes within a larger buffer", () => {
    expect(murmur3(utf8.encode("xxabcd").subarray(2), 0x9747b28c)).toBe(0xf0478627);
  });
});

describe("the canary", () => {
  test("gives a user the same bucket in every version", () => {
    expect(canaryBucket("user-1", "2026-11")).toBe(murmur3(utf8.encode("2026-11:user-1"), 0) % 10_000);
  });

  test("never moves a user back when the percentage rises", () => {
    const steps = Array.from({ length: 201 }, (_, index) => index / 2);
    for (const user of users.slice(0, 500)) {
      const bucket = canaryBucket(user, "salt");
      const sides = steps.map((percentage) => cohortOf(bucket, percentage));
      const joined = sides.indexOf("canary");
      expect(sides[0]).toBe("baseline");
      expect(sides.at(-1)).toBe("canary");
      expect(sides.slice(joined).every((side) => side === "canary")).toBe(true);
    }
  });

  test.each([1, 10, 33.33, 50, 90])("takes about %d % of the users", (percentage) => {
    const share = users.filter((user) => cohortOf(canaryBucket(user, "salt"), percentage) === "canary").length;
    expect(Math.abs(share / users.length - percentage / 100)).toBeLessThan(0.02);
  });

  test("takes other users with another salt", () => {
    const isMoved = (user: string) =>
      cohortOf(canaryBucket(user, "one"), 50) !== cohortOf(canaryBucket(user, "two"), 50);
    expect(Math.abs(users.filter(isMoved).length / users.length - 0.5)).toBeLessThan(0.05);
  });

  test.each([
    ["0 % takes nobody", 0, 0, "baseline"],
    ["0.01 % takes one bucket", 0, 0.01, "canary"],
    ["0.01 % takes only one bucket", 1, 0.01, "baseline"],
    ["0.29 % takes 29 buckets, whatever 0.29 * 100 is", 28, 0.29, "canary"],
    ["0.29 % takes no more", 29, 0.29, "baseline"],
    ["100 % takes everybody", 9999, 100, "canary"],
  ] as const)("%s", (_name, bucket, percentage, cohort) => {
    expect(cohortOf(bucket, percentage)).toBe(cohort);
  });

  test("leaves callers without a user on the baseline", () => {
    expect(sideOf({ hasUser: false, canaryBucket: canaryBucket("", "salt") }, 100)).toBe("baseline");
    expect(sideOf({ hasUser: true, canaryBucket: canaryBucket("anybody", "salt") }, 100)).toBe("canary");
  });

  test("takes any text for a user", () => {
    for (const user of ["\ud800", "한국", "😀".repeat(64), "a".repeat(100_000)]) {
      const bucket = canaryBucket(user, "salt");
      expect(Number.isInteger(bucket) && bucket >= 0 && bucket < 10_000).toBe(true);
    }
  });
});
