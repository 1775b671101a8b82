import { describeMachine } from "../measure/machine.js";
import type { Traffic } from "./make-calls.js";
import { billSavings } from "./report/bill-savings.js";
import { type CaseFigures, figuresOf } from "./report/case-figures.js";
import type { CaseResults } from "./report/case-results.js";
import { type RunningVariant, startVariant, type VariantOutcome } from "./run-variant.js";
import { type VariantName, variants } from "./variants.js";

/** What to run. */
export interface CasePlan {
  readonly traffic: Traffic;
  /** Calls before, at the same pace, that are not counted. */
  readonly warmUpCalls: number;
  /** Multiplies the assumed times to first tokens. */
  readonly slowness: number;
  /** `before` and `after` have to be among them. */
  readonly variants: readonly VariantName[];
  /** How many variants run at the same time: what else the machine does falls on all of them. */
  readonly sideBySide: number;
  readonly onProgress: (line: string) => void;
}

/** Makes the same traffic under each variant. Rejects where a part does not start. */
export async function runCase(plan: CasePlan): Promise<CaseResults> {
  const { traffic, slowness, sideBySide, onProgress } = plan;
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const outcomes = new Map<VariantName, VariantOutcome>();
  const wanted = variants.filter(({ name }) => plan.variants.includes(name));
  for (let first = 0; first < wanted.length; first += sideBySide) {
    const running: RunningVariant[] = [];
    try {
      for (const variant of wanted.slice(first, first + sideBySide)) {
        onProgress(`starting: ${variant.name}`);
        running.push(await startVariant(variant, traffic, slowness));
      }
      onProgress("warming up");
      const warmUp = { ...traffic, seed: traffic.seed + 1_000_000, calls: plan.warmUpCalls };
      await Promise.all(running.map((each) => each.warmUp(warmUp)));
      onProgress(`${traffic.calls} calls each`);
      await Promise.all(running.map(async (each) => outcomes.set(each.variant.name, await each.measure(traffic))));
    } finally {
      await Promise.all(running.map((each) => each.stop()));
    }
  }
  const figures: Partial<Record<VariantName, CaseFigures>> = {};
  for (const [name, outcome] of outcomes) figures[name] = figuresOf(outcome);
  const answered = (name: VariantName) => (outcomes.get(name)?.records ?? []).filter(({ problem }) => problem === null);
  return {
    startedAt,
    machine,
    traffic,
    slowness,
    variants: figures,
    billSavings: billSavings(answered("before"), answered("after")),
  };
}
