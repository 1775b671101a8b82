import type { Spread } from "../measure/spread.js";
import type { BenchResults, Figure, WorkResult } from "./bench-results.js";

/** The results as Markdown tables: medians, with the lowest and the highest round in brackets. */
export function formatResults(results: BenchResults): string {
  const { machine, fixtureSha256, rounds, cores, instructions } = results;
  const cpu = results.works.filter(({ measure }) => measure === "cpu");
  const latency = results.works.filter(({ measure }) => measure === "latency");
  return [
    `Commit ${machine.commit}${machine.isModified ? " (with changes)" : ""}, Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}.`,
    `${rounds} ${rounds === 1 ? "round" : "rounds"}; load of the machine before: ${machine.loadBefore}; fixture ${fixtureSha256.slice(0, 12)}; ${
      cores === null ? "nothing pinned" : `subject on core ${cores.subject}, relay and load on ${cores.rest}`
    }; instructions ${instructions}.`,
    "",
    table(
      [
        "work",
        "subject",
        "CPU us",
        "x raw-node",
        "x raw-node-json",
        "x meridian",
        "1,000 instructions",
        "a second (of its core)",
      ],
      cpu.flatMap((work) => work.figures.map((figure) => cpuRow(work, figure))),
    ),
    "",
    table(
      ["work", "subject", "p50 ms", "p99 ms", "p50 added", "p99 added"],
      latency.flatMap((work) => work.figures.map((figure) => latencyRow(work, figure))),
    ),
  ].join("\n");
}

function cpuRow(work: WorkResult, figure: Figure): readonly string[] {
  return [
    `${work.name}, a ${work.unit}`,
    figure.subject,
    show(figure.cpuMicroseconds),
    show(figure.timesCpuOf["raw-node"]),
    show(figure.timesCpuOf["raw-node-json"]),
    show(figure.timesCpuOf["meridian"]),
    show(figure.kiloInstructions),
    `${Math.round(figure.unitsPerSecond.median).toLocaleString("en")} (${Math.round((figure.coreShare?.median ?? 0) * 100)} %)`,
  ];
}

function latencyRow(work: WorkResult, figure: Figure): readonly string[] {
  const isDirect = figure.subject === "direct";
  return [
    work.name,
    figure.subject,
    show(figure.p50Ms),
    show(figure.p99Ms),
    isDirect ? "" : show(figure.addedP50Ms),
    isDirect ? "" : show(figure.addedP99Ms),
  ];
}

function show(spread: Spread | null | undefined): string {
  if (spread === null || spread === undefined) return "";
  if (spread.lowest === spread.highest) return digits(spread.median);
  return `${digits(spread.median)} (${digits(spread.lowest)}-${digits(spread.highest)})`;
}

/** Three digits that count. */
function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
