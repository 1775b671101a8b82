import type { Interval } from "./quality-report.js";
import type { RoutingResults, SuiteReport } from "./run-routing-bench.js";
import { policyNames } from "./score-rows.js";

const figureNames = [
  ["apgr", "APGR, the area under the part of the gap that is won (0.5: by chance):", 3],
  ["cpt50", "CPT50, the share sent to the expensive model that wins half of the gap:", 2],
  ["cpt80", "CPT80, the share that wins four fifths of it:", 2],
] as const;

/** The results as Markdown tables. */
export function formatRouting(results: RoutingResults): string {
  const { machine, version, missing, suites, headline, parity, latency } = results;
  const commit = `${machine.commit}${machine.isModified ? " (with changes)" : ""}`;
  return [
    `\`${version}\`, commit ${commit}, Node ${machine.node}, ${machine.cpu}. In brackets: what 95 of 100 resamples of the prompts give.`,
    ...missing.map((file) => `\nNot measured: ${file} is not there.`),
    ...figureNames.flatMap(([figure, says, digits]) => [
      says,
      table(
        ["suite", "language", "prompts", ...policyNames],
        [
          ...(headline === undefined
            ? []
            : [["**mean of mixed suites**", "", "", ...figureCells(headline, figure, digits)]]),
          ...suites.map(({ suite, lang, rows, quality }) => [
            suite,
            lang,
            String(rows),
            ...figureCells(quality, figure, digits),
          ]),
        ],
      ),
    ]),
    "Three tiers, as a policy's own cut-offs give them; beside it the best mix by chance of two models that costs as much:",
    table(
      ["suite", "prompts", "policy", "low / medium / high", "cost", "right", "mix of the same cost", "won"],
      suites.flatMap(tierRows),
    ),
    parity.length === 0
      ? "Languages: nothing to compare."
      : `Share of prompts above the median of the same in English: ${parity
          .map(({ lang, rows, aboveEnglishMedian }) => `${lang} ${percent(aboveEnglishMedian)} (${rows})`)
          .join(", ")}.${parity.some(({ lang }) => lang === "ko") ? "" : " Korean: not measured, the data has none."}`,
    table(
      ["UTF-16 units", "prompts", "one score, median", "95 % take less than"],
      latency.map(({ name, prompts, p50Microseconds, p95Microseconds }) => [
        name,
        String(prompts),
        milliseconds(p50Microseconds),
        milliseconds(p95Microseconds),
      ]),
    ),
  ].join("\n\n");
}

function figureCells(
  quality: SuiteReport["quality"],
  figure: "apgr" | "cpt50" | "cpt80",
  digits: number,
): readonly string[] {
  return policyNames.map((policy) => showInterval(quality[policy][figure], digits));
}

function tierRows({ suite, tiers }: SuiteReport): readonly (readonly string[])[] {
  return policyNames.flatMap((policy) => {
    const report = tiers[policy];
    if (report === undefined) return [];
    const { rows, shares, cost, quality, staticQuality } = report;
    const won = ((quality - staticQuality) * 100).toFixed(1);
    return [
      [
        suite,
        String(rows),
        policy,
        shares.map(percent).join(" / "),
        cost.toFixed(2),
        percent(quality),
        percent(staticQuality),
        `${won} points`,
      ],
    ];
  });
}

function showInterval({ value, low, high }: Interval, digits: number): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function milliseconds(microseconds: number): string {
  return `${(microseconds / 1_000).toFixed(3)} ms`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
