import { published } from "../assumptions.js";
import { type CaseResults, figuresFor } from "./case-results.js";

/** Something that the case is to show. */
export interface CaseCheck {
  readonly name: string;
  readonly isPassed: boolean;
}

/** Checks what the case claims; what depends on the machine's speed only if `withLatency`. */
export function checkCase(results: CaseResults, withLatency: boolean): readonly CaseCheck[] {
  const before = figuresFor(results, "before");
  const after = figuresFor(results, "after");
  const falls = (name: string, from: number, to: number, percent: number): CaseCheck => ({
    name: `${name} falls by ${changePercent(to, from).toFixed(1)} %, at least ${percent} % wanted`,
    isPassed: changePercent(to, from) >= percent,
  });
  const latency = [
    falls("the p95", before.p95Ms, after.p95Ms, 57),
    falls("Jakarta's p95", before.cityP95Ms["Jakarta"] ?? 0, after.cityP95Ms["Jakarta"] ?? 0, 69),
  ];
  const shares = Object.entries(published.sharePercent).map(([model, percent]) => {
    const share = after.sharePercent[model] ?? 0;
    const name = `${model} answers ${share.toFixed(1)} %, ${percent} ± 2 % wanted`;
    return { name, isPassed: Math.abs(share - percent) <= 2 };
  });
  return [
    ...(withLatency ? latency : []),
    falls("the bill", before.usdPerMonth, after.usdPerMonth, 80),
    {
      name: `errors are ${after.errorPercent.toFixed(2)} %, at most ${published.errorPercent.after} % wanted`,
      isPassed: after.errorPercent <= published.errorPercent.after,
    },
    ...shares,
  ];
}

/** By how many percent a figure is below another one. */
export function changePercent(figure: number, from: number): number {
  return 100 * (1 - figure / from);
}
