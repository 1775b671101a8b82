import { expect, test } from "vitest";
import { createInstructionCounter, parseCount } from "./instructions.js";

test.each([
  ["a count", "1234567,,instructions:u,1000,100.00,,\n", 1_234_567],
  ["a warning before it", "Warning: something\n99,,instructions:u,1000,100.00,,\n", 99],
  ["no counter", "<not supported>,,instructions:u,0,100.00,,\n", undefined],
  ["nothing counted", "<not counted>,,instructions:u,0,0.00,,\n", undefined],
  ["nothing", "", undefined],
])("perf's report is read: %s", (_, report, count) => {
  expect(parseCount(report)).toBe(count);
});

// Time on a CPU is counted by the kernel, so that this works where instructions are not counted.
const clock = createInstructionCounter("task-clock");

test.skipIf(!clock.available)("what a process does between start and stop is counted", async () => {
  if (!clock.available) return;
  const running = await clock.start(process.pid);
  const { user, system } = process.cpuUsage();
  while (process.cpuUsage({ user, system }).user < 100_000) JSON.stringify(Array.from({ length: 1_000 }));
  expect(await running.stop()).toBeGreaterThan(50);
});
