import type { Latency } from "./latency-estimate.js";
import type { Group, ReplayReport } from "./replay-report.js";

/** A table of words and numbers. The first column is of words, as are those that `words` names; the others are numbers. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  /** How many columns, from the left, hold words. */
  readonly wordColumns: number;
  readonly rows: readonly (readonly string[])[];
  /** How to read it; empty where it needs no words. */
  readonly note: string;
}

/** A report in words: the same for a terminal and a page. */
export interface DescribedReport {
  readonly headline: string;
  readonly facts: readonly string[];
  /** Without tables of nothing. */
  readonly tables: readonly Table[];
}

/** How many rows a table has at most; the last one sums up the rest. */
const maxRows = 20;

/** Puts a report into words. `config` is what the configuration is called. */
export function describeReport(report: ReplayReport, config: string): DescribedReport {
  const { decisions, unreadable, reproduced, moved, changed, unjudged, from, to } = report;
  const unknown = unjudged.reduce((sum, { count }) => sum + count, 0);
  const facts = [
    ...(from === undefined || to === undefined ? [] : [`Calls from ${from} to ${to}.`]),
    `${share(reproduced, decisions)} would be routed exactly as they were.`,
    `${share(moved, decisions)} would be sent to another model first.`,
    `${share(changed, decisions)} would be sent to the same model, with another endpoint, key, limit or fallback.`,
    ...(unknown === 0 ? [] : [`${share(unknown, decisions)} could not be judged, and are in no other figure.`]),
    ...(unreadable === 0 ? [] : [`${number(unreadable)} lines are no decisions of this format: left out.`]),
  ];
  const isReproduced = reproduced === decisions;
  return {
    headline: isReproduced
      ? `All ${number(decisions)} decisions reproduced under ${config}`
      : `${number(moved)} of ${number(decisions)} decisions would move under ${config}`,
    facts,
    tables: [
      sharesTable(report, config),
      effectTable(report, config),
      movesTable(report),
      groupTable("By country", "country", report.byCountry),
      groupTable("By tier", "recorded tier", report.byTier),
      groupTable("By tenant", "tenant", report.byTenant),
      unjudgedTable(report),
    ].filter(({ rows }) => rows.length > 0),
  };
}

function sharesTable({ shares }: ReplayReport, config: string): Table {
  const total = shares.reduce((sum, { before }) => sum + before, 0);
  return {
    title: "Share per model",
    columns: ["model", "recorded", "", config, "", "points"],
    wordColumns: 1,
    rows: shares.map(({ target, before, after }) => [
      target,
      number(before),
      percent(before, total),
      number(after),
      percent(after, total),
      signed(((after - before) / total) * 100),
    ]),
    note: "The model that a call is sent to first.",
  };
}

function effectTable({ cost, firstContent, wholeAnswers }: ReplayReport, config: string): Table {
  const { calls, recordedNanoUsd, estimatedNanoUsd, unknownCalls } = cost;
  const row = (name: string, before: number | undefined, after: number | undefined) =>
    before === undefined && after === undefined ? [] : [[name, milliseconds(before), milliseconds(after)]];
  const latencyRows = (name: string, before: Latency | undefined, after: Latency | undefined) => [
    ...row(`${name}, p50`, before?.p50Ms, after?.p50Ms),
    ...row(`${name}, p95`, before?.p95Ms, after?.p95Ms),
  ];
  const unmeasured = firstContent.unmeasured + wholeAnswers.unmeasured;
  return {
    title: "Cost and latency",
    columns: ["", "recorded", `${config}, estimated`],
    wordColumns: 1,
    rows: [
      ...(calls === 0 ? [] : [[`cost of ${number(calls)} calls`, usd(recordedNanoUsd), usd(estimatedNanoUsd)]]),
      ...latencyRows("first content of a stream", firstContent.before, firstContent.after),
      ...latencyRows("whole answer", wholeAnswers.before, wholeAnswers.after),
    ],
    note: [
      "Cost: the recorded tokens at the new prices, as if every model answered with as many; fallbacks as they happened.",
      "Latency: each call takes what recorded answers of its model took at its endpoint, or at the others where there were none.",
      ...(unknownCalls === 0 ? [] : [`${number(unknownCalls)} calls have no known usage, and no cost here.`]),
      ...(unmeasured === 0
        ? []
        : [`${number(unmeasured)} calls go where no answer was measured, and have no latency here.`]),
    ].join(" "),
  };
}

function movesTable({ moves, decisions }: ReplayReport): Table {
  const rows = moves.map(({ from, to, calls }) => [from, to, number(calls), percent(calls, decisions)]);
  const rest = moves.slice(maxRows).reduce((sum, { calls }) => sum + calls, 0);
  return {
    title: "Who moves",
    columns: ["from", "to", "calls", ""],
    wordColumns: 2,
    rows: cut(rows, ["(others)", "", number(rest), percent(rest, decisions)]),
    note: "",
  };
}

function groupTable(title: string, column: string, groups: readonly Group[]): Table {
  const rowOf = ({ name, calls, moved }: Group) => [name, number(calls), number(moved), percent(moved, calls)];
  const rest = groups.slice(maxRows);
  const calls = rest.reduce((sum, group) => sum + group.calls, 0);
  const moved = rest.reduce((sum, group) => sum + group.moved, 0);
  return {
    title,
    columns: [column, "calls", "move", ""],
    wordColumns: 1,
    rows: cut(groups.map(rowOf), rowOf({ name: "(others)", calls, moved })),
    note: "",
  };
}

function unjudgedTable({ unjudged }: ReplayReport): Table {
  return {
    title: "Not judged",
    columns: ["why", "calls"],
    wordColumns: 1,
    rows: unjudged.map(({ name, count }) => [name, number(count)]),
    note: "What was not looked for when the call came cannot be told afterwards, for no text is kept.",
  };
}

function cut(rows: readonly (readonly string[])[], rest: readonly string[]): readonly (readonly string[])[] {
  return rows.length > maxRows ? [...rows.slice(0, maxRows), rest] : rows;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (part / whole) * 100).toFixed(1)} %`;
}

function share(part: number, whole: number): string {
  return `${number(part)} (${percent(part, whole)})`;
}

function signed(points: number): string {
  const rounded = points.toFixed(1);
  return points > 0 ? `+${rounded}` : rounded === "-0.0" ? "0.0" : rounded;
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? "" : `${value < 100 ? value.toFixed(1) : number(Math.round(value))} ms`;
}

function usd(nanoUsd: bigint): string {
  const digits = nanoUsd.toString().padStart(10, "0");
  return `${BigInt(digits.slice(0, -9)).toLocaleString("en-US")}.${digits.slice(-9)} USD`;
}
