import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Command } from "commander";
import { createLearnedModels } from "../learned/learned-models.js";
import { describeReport } from "../replay/describe-report.js";
import { formatReport } from "../replay/format-report.js";
import { readDecisions } from "../replay/read-decisions.js";
import { type ReplayConfig, replayDecision } from "../replay/replay-decision.js";
import { createReplayTotals, type ReplayReport } from "../replay/replay-report.js";
import { formatReportPage } from "../replay/report-page.js";
import type { CommandWorld } from "./load-config.js";
import { loadPolicy } from "./load-policy.js";
import type { Paint } from "./paint.js";

interface ReplayOptions {
  readonly config: string;
  readonly html?: string;
  readonly json?: true;
  readonly failOnChange?: true;
}

/** `meridian replay --config FILE DECISIONS...`: what another configuration would have made of recorded decisions. */
export function addReplayCommand(program: Command, { environment, print }: CommandWorld, paint: Paint): void {
  program
    .command("replay <decisions...>")
    .description("tell what a configuration would have made of recorded decisions")
    .requiredOption("-c, --config <file>", "the configuration that is tried (YAML); its keys need not be set")
    .option("--html <file>", "write the report as a page, too; a name that ends in .html")
    .option("--json", "print the report as JSON")
    .option("--fail-on-change", "end with 1 unless every decision is reproduced")
    .action(async (files: readonly string[], { config: file, html, json, failOnChange }: ReplayOptions) => {
      // Whoever forgets the page's name would lose the first file of decisions.
      if (html !== undefined && !html.endsWith(".html"))
        throw new Error("--html takes a file whose name ends in .html");
      const report = await replayFiles(files, loadPolicy(file, environment));
      const name = basename(file);
      const described = describeReport(report, name);
      if (html !== undefined) await writeFile(html, formatReportPage(report, described, name));
      if (json) print(formatJson(report));
      else print(formatReport(described, paint).join("\n"));
      const others = report.decisions - report.reproduced;
      if (failOnChange && others > 0) throw new Error(`${others} of ${report.decisions} decisions are not reproduced`);
    });
}

/** Decides anew about the calls of some files, one line after the other. Rejects where they cannot be read or hold no decision. */
export async function replayFiles(files: readonly string[], config: ReplayConfig): Promise<ReplayReport> {
  const totals = createReplayTotals(config.routing);
  const models = createLearnedModels();
  await models.prepare(config.routing);
  const learned = models.routingOf(config.routing);
  for (const file of files) {
    for await (const line of readDecisions(file)) {
      if (line === undefined) totals.addUnreadable();
      else totals.add(line, replayDecision(line, config, learned));
    }
  }
  const report = totals.report();
  if (report.decisions === 0) throw new Error(`no decisions in ${files.join(", ")}`);
  return report;
}

/** Money as decimal strings: JSON's numbers are not exact. */
function formatJson(report: ReplayReport): string {
  return JSON.stringify(report, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value), 2);
}
