import { published } from "../assumptions.js";
import type { CaseFigures } from "./case-figures.js";

/** A figure of the headline. */
export interface CaseMetric {
  readonly name: string;
  readonly read: (figures: CaseFigures) => number;
  readonly format: (value: number) => string;
  readonly published: { readonly before: number; readonly after: number };
}

const milliseconds = (value: number) => `${Math.round(value)} ms`;

/** The figures of the headline, in their order. */
export const caseMetrics: readonly CaseMetric[] = [
  {
    name: "p95, all calls",
    read: ({ p95Ms }) => p95Ms,
    format: milliseconds,
    published: published.p95Ms,
  },
  {
    name: "p95, Jakarta",
    read: ({ cityP95Ms }) => cityP95Ms["Jakarta"] ?? Number.NaN,
    format: milliseconds,
    published: published.jakartaP95Ms,
  },
  {
    name: "bill a month",
    read: ({ usdPerMonth }) => usdPerMonth,
    format: (value) => `${Math.round(value).toLocaleString("en")} USD`,
    published: published.usdPerMonth,
  },
  {
    name: "errors",
    read: ({ errorPercent }) => errorPercent,
    format: (value) => `${value.toFixed(2)} %`,
    published: published.errorPercent,
  },
];
