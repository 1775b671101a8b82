import { megabytes } from "./check-soak.js";
import type { SoakReport } from "./soak-report.js";

/** The report for people: what was done, the samples at rest, and each check. */
export function formatSoak(report: SoakReport): string {
  const ends = Object.entries(report.ends).sort(([, left], [, right]) => right - left);
  const calls = ends.reduce((sum, [, count]) => sum + count, 0);
  return [
    `${calls} calls in ${report.waves + 1} waves (the first for warmth), ${report.loadSeconds.toFixed(0)} s of load, up to ${report.peakStreams} streams at once; seed ${report.seed}.`,
    `${report.attempts} attempts at the relays, ${report.relayFaults} of them with a fault.`,
    "",
    "how calls ended:",
    ...ends.map(([end, count]) => `  ${String(count).padStart(8)}  ${end}`),
    "",
    "at rest:    calls  held MB  heap MB  resident MB  listeners  relay sockets",
    ...report.samples.map(({ calls: soFar, heldBytes, heapBytes, residentBytes, listeners, relaySockets }) =>
      [
        String(soFar).padStart(17),
        megabytes(heldBytes).padStart(9),
        megabytes(heapBytes).padStart(9),
        megabytes(residentBytes).padStart(13),
        String(listeners).padStart(11),
        String(relaySockets).padStart(15),
      ].join(""),
    ),
    "",
    ...report.checks.map(({ name, isPassed, found }) => `${isPassed ? "ok    " : "FAILED"}  ${name}: ${found}`),
  ].join("\n");
}
