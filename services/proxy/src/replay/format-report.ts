import type { Paint } from "../command/paint.js";
import { plainText } from "../command/plain-text.js";
import type { DescribedReport, Table } from "./describe-report.js";

/** A report as the lines of a terminal. */
export function formatReport({ headline, facts, tables }: DescribedReport, paint: Paint): readonly string[] {
  return [
    paint("bold", headline),
    ...facts.map((fact) => `  ${fact}`),
    ...tables.flatMap((table) => ["", paint("bold", table.title), ...rowsOf(table, paint), ...noteOf(table, paint)]),
  ];
}

function rowsOf({ columns, wordColumns, ...table }: Table, paint: Paint): readonly string[] {
  // The file may come from anywhere.
  const rows = table.rows.map((row) => row.map(plainText));
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, index) =>
      index < wordColumns ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
    );
    return `  ${padded.join("  ")}`.trimEnd();
  };
  return [paint("dim", line(columns)), ...rows.map(line)];
}

function noteOf({ note }: Table, paint: Paint): readonly string[] {
  return note === "" ? [] : note.split(/(?<=\.) (?=[A-Z\d])/).map((sentence) => paint("dim", `  ${sentence}`));
}
