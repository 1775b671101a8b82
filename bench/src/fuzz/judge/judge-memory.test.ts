import { expect, test } from "vitest";
import { judgeMemory } from "./judge-memory.js";

const sample = (heldBytes: number, sockets = 3) => ({
  heldBytes,
  heapBytes: heldBytes,
  residentBytes: heldBytes,
  listeners: 100,
  resources: { TCPSocketWrap: sockets, Timeout: 9 * sockets },
});

test("what stays as it is, or shrinks, is fine", () => {
  expect(judgeMemory([])).toEqual([]);
  expect(judgeMemory([sample(50e6), sample(70e6), sample(51e6, 5)])).toEqual([]);
});

test("memory that has grown, and sockets that are left, are found", () => {
  expect(judgeMemory([sample(50e6), sample(63e6)])).toEqual(["memory at rest has grown by 13.0 MB"]);
  expect(judgeMemory([sample(50e6), sample(50e6, 40)])).toEqual(["40 TCPSocketWrap are open, 3 before"]);
});
