import type { IdleFigure } from "../idle/measure-idle.js";
import type { BenchResults, Figure, WorkResult } from "./bench-results.js";
import { digits, show, table } from "./markdown.js";

/** The results as Markdown tables: medians, with the lowest and the highest round in brackets. */
export function formatResults(results: BenchResults): string {
  const { machine, fixtureSha256, rounds, cores, instructions, skipped } = results;
  const cpu = results.works.filter(({ measure }) => measure === "cpu");
  return [
    `Commit ${machine.commit}${machine.isModified ? " (with changes)" : ""}, Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}.`,
    `${rounds} ${rounds === 1 ? "round" : "rounds"}; load of the machine before: ${machine.loadBefore}; fixture ${fixtureSha256.slice(0, 12)}; ${
      cores === null ? "nothing pinned" : `subject on core ${cores.subject}, relay and load on ${cores.rest}`
    }; instructions ${instructions}.`,
    ...skipped.map(({ name, reason }) => `Without ${name}: ${reason}.`),
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
    formatLatency(results),
    "",
    formatIdle(results),
    "",
    formatStarts(results),
  ].join("\n");
}

/** The latency of every subject, and what it adds to that of the direct call. */
export function formatLatency({ works }: BenchResults): string {
  const latency = works.filter(({ measure }) => measure === "latency");
  return table(
    ["work", "subject", "p50 ms", "p99 ms", "p50 added", "p99 added"],
    latency.flatMap((work) => work.figures.map((figure) => latencyRow(work, figure))),
  );
}

/** What idle streams take, at each number of them, and what is left of them. */
export function formatIdle({ idle }: BenchResults): string {
  const head = ["idle streams", "subject", "KB a stream", "KB of it alive", "MB left", "MB of it alive"];
  return table([...head, "of killed callers, left at the relay"], idle.map(idleRow));
}

/** What every subject takes before the first call and after the last; the artefact as the median of its starts. */
export function formatStarts({ footprints, artefact }: BenchResults): string {
  const rows = footprints
    .filter(({ residentBytes }) => residentBytes !== null)
    .map((each) => [
      each.subject,
      digits(each.readyMs),
      amount(each.cpuMs, 1),
      amount(each.residentBytes, megabyte),
      amount(each.residentAfterBytes, megabyte),
    ]);
  const built =
    artefact === null
      ? []
      : [
          [
            "the built artefact",
            show(artefact.readyMs),
            show(artefact.cpuMs),
            amount(artefact.residentBytes.median, megabyte),
            "",
          ],
        ];
  return table(["start", "ready ms", "CPU ms", "MB at rest", "MB after all works"], [...rows, ...built]);
}

const [kilobyte, megabyte] = [1e3, 1e6] as const;

function amount(value: number | null, unit: number): string {
  return value === null ? "" : digits(value / unit);
}

function idleRow({ subject, form, perStream, left, killed }: IdleFigure): readonly string[] {
  const each = (kind: "residentBytes" | "heldBytes") =>
    perStream.map((figure) => amount(figure[kind], kilobyte)).join(" / ");
  return [
    `${form}, ${perStream.map(({ streams }) => streams.toLocaleString("en")).join(" / ")}`,
    subject,
    each("residentBytes"),
    each("heldBytes"),
    amount(left.residentBytes, megabyte),
    amount(left.heldBytes, megabyte),
    `${killed.relayStreams} of ${killed.streams.toLocaleString("en")}`,
  ];
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
