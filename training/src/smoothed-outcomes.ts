import type { Row } from "./read-rows.js";

/** How much the mean of a row's group counts, beside the row's own outcome. */
const groupShare = 0.3;

/** How many rows with the mean of the data set are added to each group, so that a small one says little. */
const addedRows = 10;

/**
 * Of each row what is to be learned: its outcome, and a share of the mean of its group (the subject or task within its data
 * set). One try of one model says little of how hard a prompt is; what it is about says some of that.
 */
export function smoothedOutcomes(rows: readonly Row[], outcome: (row: Row) => number): readonly number[] {
  const nameOf = ({ suite, group }: Row) => JSON.stringify([suite, group]);
  const mean = (some: readonly Row[], added = 0, addedMean = 0) =>
    (some.reduce((sum, row) => sum + outcome(row), 0) + added * addedMean) / (some.length + added);
  const suites = Map.groupBy(rows, ({ suite }) => suite);
  const groups = Map.groupBy(rows, nameOf);
  const suiteMeans = new Map([...suites].map(([suite, some]) => [suite, mean(some)]));
  const groupMeans = new Map(
    [...groups].map(([name, some]) => [name, mean(some, addedRows, suiteMeans.get(some[0]?.suite ?? ""))]),
  );
  return rows.map(
    (row) => (1 - groupShare) * outcome(row) + groupShare * (groupMeans.get(nameOf(row)) ?? outcome(row)),
  );
}
