import type { OverloadResults, OverloadSample } from "./run-overload.js";

/** The results as a Markdown table. */
export function formatOverload({ machine, cores, capacity, samples, inTimeMs }: OverloadResults): string {
  const peakOf = (form: OverloadSample["form"]) =>
    Math.max(capacity[form] ?? 0, ...samples.filter((each) => each.form === form).map(({ goodput }) => goodput));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const head = [
    "calls",
    "load",
    "offered/s",
    "in time/s",
    "of peak",
    "refused",
    "refused after ms: p50 / p99 / max",
    "answered after ms: p50 / p99",
    "late",
    "other ends",
    "proxy CPU",
    "stolen",
    "in time per CPU second",
    "/health max ms",
    "generator's own delay ms: p99 / max",
  ];
  const row = (sample: OverloadSample) => {
    const { refusedMs, answeredMs, generatorDelayMs, probe } = sample;
    return [
      sample.form,
      `${sample.load} x`,
      sample.callsPerSecond.toFixed(0),
      sample.goodput.toFixed(0),
      `${((100 * sample.goodput) / peakOf(sample.form)).toFixed(0)} %`,
      String(sample.refused),
      refusedMs === null ? "" : [refusedMs.p50, refusedMs.p99, refusedMs.max].map((ms) => ms.toFixed(1)).join(" / "),
      answeredMs === null ? "" : [answeredMs.p50, answeredMs.p99].map((ms) => ms.toFixed(1)).join(" / "),
      String(sample.late),
      Object.entries(sample.others)
        .map(([problem, count]) => `${count} x ${problem.slice(0, 100)}`)
        .join("; ") || "0",
      `${(100 * sample.cpuShare).toFixed(0)} %`,
      sample.stolenShare === undefined ? "" : `${(100 * sample.stolenShare).toFixed(1)} %`,
      sample.answeredPerCpuSecond.toFixed(0),
      probe.failed > 0 ? `${probe.failed} failed` : probe.maxMs.toFixed(1),
      `${generatorDelayMs.p99.toFixed(1)} / ${generatorDelayMs.max.toFixed(1)}`,
    ];
  };
  return [
    `Commit ${machine.commit}${machine.isModified ? " (with changes)" : ""}, Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores; load of the machine before: ${machine.loadBefore}; ${
      cores === null ? "nothing pinned" : `proxy on core ${cores.subject}, relay and load on ${cores.rest}`
    }. In time: within ${inTimeMs} ms.`,
    "",
    line(head),
    line(head.map(() => "---")),
    ...samples.map((sample) => line(row(sample))),
  ].join("\n");
}
