import type { BenchResults, Figure } from "./bench-results.js";
import { type BarGroup, barChart } from "./chart.js";
import { formatClaims } from "./format-claims.js";
import { formatIdle, formatLatency, formatStarts } from "./format-results.js";
import { digits, table } from "./markdown.js";
import { claimsOf } from "./must-show.js";

/** What docs/performance.md says of a run: where it was made, what everything cost, and which of the claims are met. */
export function performanceText(results: BenchResults): string {
  const { machine, rounds, startedAt, fixtureSha256, subjects, skipped, sizes } = results;
  const cpu = results.works.filter(({ measure }) => measure === "cpu");
  const versions = subjects.flatMap(({ name, version }) => (version === null ? [] : `${name} ${version}`));
  return [
    `${startedAt.slice(0, 10)}, commit \`${machine.commit}\`${machine.isModified ? " with changes" : ""}, Node ${machine.node.slice(1)}, ${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}${versions.length === 0 ? "" : `, ${versions.join(", ")}`}.`,
    `${rounds === 1 ? "One round" : `Medians of ${rounds} rounds`}; fixture \`${fixtureSha256.slice(0, 12)}\`. Before it began, ${machine.loadBefore} processes wanted a core of the machine${machine.loadBefore > 1 ? ": **others were at work, so that only ratios mean something**" : ""}.`,
    ...(sizes.isQuick
      ? ["**A quick run, which is no measurement**: it shows that everything works, and what is far off."]
      : []),
    ...skipped.map(({ name, reason }) => `Without ${name}: ${reason}.`),
    "",
    "CPU in microseconds a call or a chunk and, in brackets, how many times that of raw Node with JSON in the same round:",
    "",
    table(
      ["", ...cpu.map(({ name }) => name)],
      subjects.flatMap(({ name }) => {
        const figures = cpu.map((work) => work.figures.find(({ subject }) => subject === name));
        return figures.every((figure) => figure === undefined) ? [] : [[name, ...figures.map(cpuCell)]];
      }),
    ),
    ...section("Latency at 200 calls a second:", formatLatency(results), results.works.length > cpu.length),
    ...section("Streams that nothing happens on:", formatIdle(results), results.idle.length > 0),
    ...section("From the start to the first call, and after all the works:", formatStarts(results), true),
    "",
    "What Meridian has to show:",
    "",
    formatClaims(claimsOf(results)),
  ].join("\n");
}

/** A table under its heading; nothing where the run has not measured it. */
function section(heading: string, content: string, isMeasured: boolean): readonly string[] {
  return isMeasured ? ["", heading, "", content] : [];
}

function cpuCell(figure: Figure | undefined): string {
  if (figure?.cpuMicroseconds === undefined || figure.cpuMicroseconds === null) return "";
  const times = figure.timesCpuOf["raw-node-json"];
  return `${digits(figure.cpuMicroseconds.median)}${times === undefined ? "" : ` (${digits(times.median)})`}`;
}

/** What README.md says one core holds, computed from the CPU that a call and a chunk cost. */
export function capacityText(results: BenchResults): string {
  const micros = (work: string, subject: string) =>
    results.works.find(({ name }) => name === work)?.figures.find((figure) => figure.subject === subject)
      ?.cpuMicroseconds?.median;
  const aSecond = (cpuMicroseconds: number | undefined, each: number) =>
    cpuMicroseconds === undefined ? "" : Number(digits(1e6 / cpuMicroseconds / each)).toLocaleString("en");
  const idle = (form: string, subject: string) => {
    const most = results.idle.find((each) => each.subject === subject && each.form === form)?.perStream.at(-1);
    return most === undefined ? "" : Math.round(1e6 / (most.residentBytes / 1e3)).toLocaleString("en");
  };
  const row = (name: string, subject: string, version: "http1" | "h2c") => [
    name,
    aSecond(micros(`unary-${version}`, subject), 1),
    aSecond(micros(`stream-${version}-paced`, subject), chunksPerSecond),
    idle(`stream-${version}`, subject),
  ];
  const { machine, sizes, startedAt } = results;
  const rows = table(
    ["one core, one process", "calls a second", "streams of 100 chunks a second", "idle streams in a gigabyte"],
    [
      row("Connect JSON, HTTP/1.1", "meridian", "http1"),
      row("gRPC, HTTP/2", "meridian", "h2c"),
      row("Connect protobuf, HTTP/2", "meridian-proto", "h2c"),
      row("the OpenAI front, HTTP/1.1", "meridian-openai", "http1"),
    ],
  );
  const warning =
    sizes.isQuick || machine.loadBefore > 1 ? ", in a quick run or on a busy machine: **expect more**" : "";
  return `${rows}\n\nOf ${machine.cpu}, ${startedAt.slice(0, 10)}${warning}. An empty place was not measured.`;
}

const chunksPerSecond = 100;

/** The chart of docs/performance.md. */
export function performanceChart(results: BenchResults): string {
  const group = (heading: string, name: string): BarGroup => ({
    heading,
    bars: (results.works.find((work) => work.name === name)?.figures ?? []).flatMap(({ subject, cpuMicroseconds }) =>
      cpuMicroseconds === null
        ? []
        : [{ label: subject, value: cpuMicroseconds.median, isOurs: subject.startsWith("meridian") }],
    ),
  });
  return barChart(
    "CPU in microseconds",
    [
      group("a call over HTTP/1.1", "unary-http1"),
      group("a call over HTTP/2", "unary-h2c"),
      group("a chunk of a stream at 100 a second, HTTP/1.1", "stream-http1-paced"),
      group("a chunk of a stream at 100 a second, HTTP/2", "stream-h2c-paced"),
    ].filter(({ bars }) => bars.length > 0),
    digits,
  );
}
