import { expect, test } from "vitest";
import { parseCpuMs, readCpuMs } from "./process-cpu.js";

const rest = "S 1 2 3 0 -1 4194560 100 0 0 0 123 45 7 8 20 0 11 0 5000 1000 200";

test.each([
  ["a plain name", `17 (node) ${rest}`],
  ["a name with spaces and brackets", `17 (a) S 9 9 (b) ${rest}`],
])("user and system time are added up: %s", (_, stat) => {
  expect(parseCpuMs(stat)).toBe(1_680);
});

test("text of another form is refused", () => {
  expect(() => parseCpuMs("17 (node) S 1")).toThrow("cannot read");
});

test.runIf(process.platform === "linux")("time that this process uses is seen", () => {
  const before = readCpuMs(process.pid);
  const { user, system } = process.cpuUsage();
  while (process.cpuUsage({ user, system }).user < 100_000) JSON.stringify(Array.from({ length: 1_000 }));
  expect(readCpuMs(process.pid) - before).toBeGreaterThanOrEqual(50);
});
