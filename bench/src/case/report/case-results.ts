import type { Machine } from "../../measure/machine.js";
import type { Traffic } from "../make-calls.js";
import type { VariantName } from "../variants.js";
import type { BillSaving } from "./bill-savings.js";
import type { CaseFigures } from "./case-figures.js";

/** Everything that a run of the case came to. */
export interface CaseResults {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly traffic: Traffic;
  /** By how much the assumed times to first tokens were multiplied. */
  readonly slowness: number;
  readonly variants: Readonly<Partial<Record<VariantName, CaseFigures>>>;
  readonly billSavings: readonly BillSaving[];
}

/** The figures of a variant. Throws where it was not run. */
export function figuresFor({ variants }: CaseResults, name: VariantName): CaseFigures {
  const figures = variants[name];
  if (figures === undefined) throw new Error(`"${name}" was not run`);
  return figures;
}
