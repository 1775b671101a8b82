import { quantile } from "../../measure/spread.js";
import { caseModels, cities, cnyPerUsd, published } from "../assumptions.js";
import type { CallRecord } from "../callers/callers-job.js";
import type { VariantOutcome } from "../run-variant.js";
import type { RelayBill } from "../world/world-job.js";

/** How often each pair came, such as class and tier. */
export type Crosstab = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What a variant came to. */
export interface CaseFigures {
  readonly calls: number;
  /** Calls without a whole answer, in percent, and what went wrong, with how often. */
  readonly errorPercent: number;
  readonly problems: Readonly<Record<string, number>>;
  /** Time to the first content of the calls that were answered, in milliseconds. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly cityP95Ms: Readonly<Record<string, number>>;
  /** What the relay bills for the published number of calls in 30 days. */
  readonly usdPerMonth: number;
  /** Of the answered calls, by the model that answered, in percent. */
  readonly sharePercent: Readonly<Record<string, number>>;
  /** Of the answered calls: the class of the prompt by the tier that Meridian gave it, and by the model that answered. */
  readonly tiers: Crosstab;
  readonly models: Crosstab;
  /** The city by the relay's region that answered. */
  readonly regions: Crosstab;
}

/** Figures of what a variant made of the traffic. */
export function figuresOf({ records, bill }: VariantOutcome): CaseFigures {
  const answered = records.filter(({ problem }) => problem === null);
  const waits = (among: readonly CallRecord[]) => among.flatMap(({ firstContentMs }) => firstContentMs ?? []);
  const byCity = cities.map(({ name }) => {
    const local = answered.filter(({ city }) => city === name);
    return [name, quantile(waits(local), 0.95)] as const;
  });
  const shares = caseModels.map(({ id }) => {
    const count = answered.filter(({ model }) => model === id).length;
    return [id, (100 * count) / answered.length] as const;
  });
  const problems: Record<string, number> = {};
  for (const { problem } of records) if (problem !== null) problems[problem] = (problems[problem] ?? 0) + 1;
  return {
    calls: records.length,
    errorPercent: (100 * (records.length - answered.length)) / records.length,
    problems,
    p50Ms: quantile(waits(answered), 0.5),
    p95Ms: quantile(waits(answered), 0.95),
    cityP95Ms: Object.fromEntries(byCity),
    usdPerMonth: usdPerMonth(bill, records.length),
    sharePercent: Object.fromEntries(shares),
    tiers: crosstab(answered, ({ promptClass, tier }) => [promptClass, tier]),
    models: crosstab(answered, ({ promptClass, model }) => [promptClass, model]),
    regions: crosstab(answered, ({ city, endpoint }) => [city, endpoint]),
  };
}

function usdPerMonth(bill: RelayBill, calls: number): number {
  const cny = caseModels.reduce(
    (sum, { id, usdPerMillionOutputTokens }) => sum + ((bill[id]?.outputTokens ?? 0) * usdPerMillionOutputTokens) / 1e6,
    0,
  );
  return ((cny / calls) * published.callsPerDay * 30) / cnyPerUsd;
}

function crosstab(
  records: readonly CallRecord[],
  keysOf: (record: CallRecord) => readonly [row: string, column: string | null],
): Crosstab {
  const counts: Record<string, Record<string, number>> = {};
  for (const record of records) {
    const [row, column] = keysOf(record);
    const cells = counts[row] ?? {};
    cells[column ?? "none"] = (cells[column ?? "none"] ?? 0) + 1;
    counts[row] = cells;
  }
  return counts;
}
