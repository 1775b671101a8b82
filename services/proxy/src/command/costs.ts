import type { DatabaseSync } from "node:sqlite";
import { unknownName } from "@meridian/config";
import type { Command } from "commander";
import { costRecords, costTable } from "../ledger/format-costs.js";
import { LedgerError, openLedgerToRead } from "../ledger/ledger-database.js";
import { type CostFilter, type CostKey, costKeys, exportAttempts, isCostKey, sumCosts } from "../ledger/read-costs.js";
import { type CommandWorld, loadConfig } from "./load-config.js";

/** What `meridian costs` was asked, as it was typed. */
interface CostsOptions {
  readonly by?: string;
  readonly since: string;
  readonly until?: string;
  readonly tenant?: string;
  readonly format: string;
  readonly file?: string;
  readonly config?: string;
}

/** What the command needs of the world. */
export interface CostsWorld extends CommandWorld {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs: () => number;
  /** Resolves once whoever reads standard output has taken what was printed, or nearly all of it. */
  printed(): Promise<void>;
}

/** `meridian costs`: reads the cost ledger, also while a proxy writes it, and prints sums or every attempt. */
export function addCostsCommand(program: Command, world: CostsWorld): void {
  program
    .command("costs")
    .description("print what calls have cost, from the ledger that ledger.file of the configuration names")
    .option("-b, --by <keys>", `what to sum by, with commas between: ${costKeys.join(", ")}; default: model`)
    .option("-s, --since <time>", "from when on: 30m, 24h, 7d, or a date or time such as 2027-01-31T16:00:00Z", "24h")
    .option("-u, --until <time>", "until when, in the same forms; default: now")
    .option("-t, --tenant <tenant>", "whose calls; default: everybody's")
    .option("--format <format>", "table, json (the same sums), or ndjson (every attempt, one a line)", "table")
    .option("-f, --file <file>", "the ledger; default: ledger.file of the configuration")
    .option("-c, --config <file>", "the configuration file; default: MERIDIAN_CONFIG")
    .action((options: CostsOptions) => printCosts(options, world));
}

async function printCosts(options: CostsOptions, world: CostsWorld): Promise<void> {
  const { format, by } = options;
  if (!["table", "json", "ndjson"].includes(format)) throw new LedgerError("--format must be table, json or ndjson");
  if (format === "ndjson" && by !== undefined)
    throw new LedgerError("--format ndjson prints every attempt; leave --by out, or take json");
  const keys = keysFrom(by ?? "model");
  const nowMs = world.timeOfDayMs();
  const filter = {
    sinceMs: timeFrom("--since", options.since, nowMs),
    // What ends in this millisecond is told, too.
    untilMs: options.until === undefined ? nowMs + 1 : timeFrom("--until", options.until, nowMs),
    tenant: options.tenant,
  };
  const database = openLedgerToRead(fileOf(options, world));
  try {
    if (format === "ndjson") await printAttempts(database, filter, world);
    else printSums(database, keys, filter, format, world);
  } finally {
    database.close();
  }
}

async function printAttempts(database: DatabaseSync, filter: CostFilter, world: CostsWorld): Promise<void> {
  for (const record of exportAttempts(database, filter)) {
    world.print(JSON.stringify(record));
    await world.printed();
  }
}

function printSums(
  database: DatabaseSync,
  by: readonly CostKey[],
  filter: CostFilter,
  format: string,
  world: CostsWorld,
) {
  // One moment for the rows and their total.
  database.exec("BEGIN");
  const sums = sumCosts(database, by, filter);
  const [total] = sumCosts(database, [], filter);
  if (format === "json") world.print(JSON.stringify(costRecords(by, sums), undefined, 2));
  else for (const line of costTable(by, sums, total)) world.print(line);
}

function keysFrom(text: string): readonly CostKey[] {
  return [...new Set(text.split(",").map((word) => word.trim()))].map((word) => {
    if (isCostKey(word)) return word;
    throw new LedgerError(`--by: ${unknownName("key", word, costKeys)}`);
  });
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function timeFrom(option: string, text: string, nowMs: number): number {
  const [, count, unit = ""] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const isInstant = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/.test(text);
  const timeMs =
    count !== undefined ? nowMs - Number(count) * (unitMs[unit] ?? 0) : isInstant ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(timeMs))
    throw new LedgerError(`${option} must be a time such as 30m, 24h, 7d, 2027-01-31 or 2027-01-31T16:00:00Z`);
  return timeMs;
}

function fileOf({ file, config }: CostsOptions, { environment }: CostsWorld): string {
  if (file !== undefined) return file;
  const configFile = config ?? environment["MERIDIAN_CONFIG"];
  if (configFile === undefined)
    throw new LedgerError("which ledger? Say --file FILE, or --config FILE with ledger.file in it");
  const { ledger } = loadConfig(configFile).config;
  if (ledger.file === undefined)
    throw new LedgerError(`${configFile} keeps no ledger: it has no ledger.file; set it, and restart the proxy`);
  return ledger.file;
}
