import { expect, test } from "vitest";
import { createMinHeap } from "./min-heap.js";

test("a heap gives what it holds in order, whatever came between", () => {
  const heap = createMinHeap(200);
  const numbers = Array.from({ length: 100 }, (_, index) => (index * 37) % 50);
  for (const number of numbers) heap.push(number);
  const taken = Array.from({ length: 60 }, () => heap.pop());
  for (const number of [-1, 12, 99]) heap.push(number);
  while (taken.length < 103) taken.push(heap.pop());
  const sorted = numbers.toSorted((a, b) => a - b);
  expect(taken).toEqual([...sorted.slice(0, 60), ...[-1, 12, 99, ...sorted.slice(60)].sort((a, b) => a - b)]);
  expect(heap.pop()).toBeUndefined();
  heap.push(1);
  heap.clear();
  expect(heap.pop()).toBeUndefined();
});
