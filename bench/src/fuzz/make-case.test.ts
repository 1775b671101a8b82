import { expect, test } from "vitest";
import { areas } from "./fuzz-case.js";
import { makeCase } from "./make-case.js";

const numbers = Array.from({ length: 600 }, (_, number) => number);

test("the same seed and number make the same case", () => {
  for (const number of numbers.slice(0, 50)) expect(makeCase(7, number)).toEqual(makeCase(7, number));
  expect(makeCase(7, 1)).not.toEqual(makeCase(8, 1));
});

test("every area, both proxies and both ports have their share, and no case is out of bounds", () => {
  const cases = numbers.map((number) => makeCase(1, number));
  const share = (is: (one: (typeof cases)[number]) => boolean) => cases.filter(is).length / cases.length;
  for (const area of areas) expect(share((one) => one.area === area)).toBeGreaterThan(0.15);
  expect(share(({ proxy }) => proxy === "keyed")).toBeGreaterThan(0.4);
  expect(share(({ port }) => port === "admin")).toBeGreaterThan(0.05);
  expect(share(({ answer }) => answer !== "any")).toBeGreaterThan(0.25);
  const sizes = cases.map(({ steps }) =>
    steps.reduce((sum, step) => sum + (step.kind === "send" ? step.bytes.byteLength : 0), 0),
  );
  expect(Math.max(...sizes)).toBeLessThan(1_000_000);
});
