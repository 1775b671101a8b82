import { expect, test } from "vitest";
import { formatSoak } from "./report/format-soak.js";
import { runSoak } from "./run-soak.js";

// A short one, so that it cannot rot. It needs no more than that every check holds; how much it got done is the machine's.
test("a soak of a few seconds finds nothing left", async () => {
  const lines: string[] = [];
  const report = await runSoak({
    streams: 40,
    waves: 2,
    waveSeconds: 4,
    seed: 1,
    onProgress: (line) => lines.push(line),
  });
  const failed = report.checks.filter(({ isPassed, name }) => !isPassed && !name.startsWith("as many streams"));
  expect(failed).toEqual([]);
  expect(report.samples).toHaveLength(3);
  expect(report.ends["answered"]).toBeGreaterThan(100);
  expect(report.ends["left"]).toBeGreaterThan(10);
  expect(report.relayFaults).toBeGreaterThan(10);
  expect(lines.filter((line) => line.includes("at rest"))).toHaveLength(3);
  expect(formatSoak(report)).toMatch(/^ok {4} {2}no calls without an end: 0$/m);
}, 180_000);
