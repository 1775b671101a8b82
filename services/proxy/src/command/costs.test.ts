import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { beforeEach, describe, expect, test } from "vitest";
import type { LedgerCall } from "../ledger/ledger-call.js";
import { openLedgerToWrite } from "../ledger/ledger-database.js";
import { createLedgerWriter } from "../ledger/ledger-writer.js";
import { ledgerAttempt as attempt, ledgerCall as call } from "../testing/ledger-calls.js";
import { temporaryFolder } from "../testing/temporary-folder.js";
import { addCostsCommand } from "./costs.js";

const now = Date.parse("2027-01-02T03:04:05Z");
const hours = (count: number) => now - count * 3_600_000;

/** Two tenants, two models, a fallback, an estimate, and one call of two days before. */
const sample: readonly LedgerCall[] = [
  call({ endedAtMs: hours(48), tenant: "ads", attempts: [attempt({ costNanoUsd: 5_000_000_000n })] }),
  call({ endedAtMs: hours(2), tenant: "ads", attempts: [attempt({ costNanoUsd: 123_456n, cachedTokens: 4 })] }),
  call({
    endedAtMs: hours(1),
    region: "KR",
    attempts: [
      attempt({ outcome: "stream_truncated", costNanoUsd: 1_000_000_001n, costSource: "estimated" }),
      attempt({ model: "gemini-2.5-flash", costNanoUsd: 20n, reasoningTokens: 2 }),
    ],
  }),
  call({ endedAtMs: now, tier: "", attempts: [attempt({ outcome: "overloaded", costNanoUsd: 0n })] }),
];

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

function write(calls: readonly LedgerCall[]): string {
  const file = join(folder, "costs.sqlite");
  const database = openLedgerToWrite(file);
  createLedgerWriter(database).write(calls, 0);
  database.close();
  return file;
}

async function costs(...args: readonly string[]): Promise<readonly string[]> {
  const printed: string[] = [];
  const program = new Command();
  const print = (line: string) => printed.push(line);
  addCostsCommand(program, {
    environment: {},
    print,
    printed: async () => {},
    complain: print,
    timeOfDayMs: () => now,
  });
  await program.parseAsync(["node", "meridian", "costs", ...args]);
  return printed;
}

describe("the table", () => {
  test("of a day by model: the dearest first, amounts exact and aligned, with a total", async () => {
    expect(await costs("--file", write(sample))).toEqual([
      "MODEL             CALLS  ATTEMPTS  PROMPT  CACHED  COMPLETION  REASONING  REPORTED USD  ESTIMATED USD          USD",
      "gpt-4.1               3         3      21       4           9          0   0.000123456    1.000000001  1.000123457",
      "gemini-2.5-flash      1         1       7       0           3          2   0.00000002     0.00         0.00000002",
      "total                 3         4      28       4          12          2   0.000123476    1.000000001  1.000123477",
    ]);
  });

  test("by several keys", async () => {
    const lines = await costs("--by", "tenant,region, outcome", "--file", write(sample), "--since", "7d");
    expect(lines.map((line) => line.split(/ {2,}/).slice(0, 5))).toEqual([
      ["TENANT", "REGION", "OUTCOME", "CALLS", "ATTEMPTS"],
      ["ads", "ID", "ok", "2", "2"],
      ["search", "KR", "stream_truncated", "1", "1"],
      ["search", "KR", "ok", "1", "1"],
      ["search", "ID", "overloaded", "1", "1"],
      ["total", "4", "5", "35", "4"],
    ]);
  });

  test.each([
    ["day", ["2026-12-31", "2027-01-02"]],
    ["hour", ["2026-12-31T03:00Z", "2027-01-02T01:00Z", "2027-01-02T02:00Z", "2027-01-02T03:00Z"]],
    ["month", ["2026-12", "2027-01"]],
  ])("by %s is in the order of time", async (key, expected) => {
    const lines = await costs("--by", key, "--file", write(sample), "--since", "2026-12-31");
    expect(lines.slice(1, -1).map((line) => line.split(" ")[0])).toEqual(expected);
  });

  test("of nothing says so", async () => {
    expect(await costs("--file", write([]))).toEqual(["No attempts in that time."]);
  });
});

test.each<[name: string, args: readonly string[], usd: string]>([
  ["since an instant, that one too", ["--since", "2027-01-02T02:04:05Z"], "1.000000021"],
  ["until an instant, without that one", ["--since", "3h", "--until", "2027-01-02T02:04:05Z"], "0.000123456"],
  ["until some time ago", ["--since", "7d", "--until", "24h"], "5.00"],
  ["of a tenant", ["--since", "30m", "--tenant", "search"], "0.00"],
  ["of all of a tenant's", ["--since", "30d", "--tenant", "ads"], "5.000123456"],
])("json: the sums %s", async (_name, args, usd) => {
  const rows: readonly { usd: string }[] = JSON.parse(
    (await costs(...args, "--by", "rpc", "--format", "json", "--file", write(sample))).join("\n"),
  );
  expect(rows.map((row) => row.usd)).toEqual([usd]);
});

test("json: the sum of a row is that of its parts, as text", async () => {
  const [text = ""] = await costs("--by", "region", "--format", "json", "--file", write(sample));
  expect(JSON.parse(text)[0]).toEqual({
    region: "KR",
    calls: 1,
    attempts: 2,
    promptTokens: 14,
    cachedTokens: 0,
    completionTokens: 6,
    reasoningTokens: 2,
    reportedNanoUsd: "20",
    estimatedNanoUsd: "1000000001",
    usd: "1.000000021",
  });
});

test("ndjson: every attempt once, in the order of the calls' ends, however many end in the same millisecond", async () => {
  const many = Array.from({ length: 2_300 }, (_, number) =>
    call({ requestId: `r${number}`, endedAtMs: hours(1) + (number % 3), attempts: [attempt(), attempt()] }),
  );
  const lines = await costs("--format", "ndjson", "--file", write(many));
  const rows: readonly { requestId: string; attempt: number; endedAt: string }[] = lines.map((line) =>
    JSON.parse(line),
  );
  const names = rows.map((row) => `${row.requestId} ${row.attempt}`);
  expect(names).toHaveLength(4_600);
  expect(new Set(names).size).toBe(4_600);
  const times = rows.map(({ endedAt }) => endedAt);
  expect(times).toEqual([...times].sort());
});

test("the file may be named by the configuration", async () => {
  const config = join(folder, "meridian.yaml");
  await writeFile(config, `ledger: { file: ${JSON.stringify(write(sample))} }`);
  expect((await costs("--config", config)).at(-1)).toContain("1.000123477");
  await writeFile(config, "logging: { level: warn }");
  await expect(costs("--config", config)).rejects.toThrow(/meridian.yaml keeps no ledger: it has no ledger.file/);
});

test("a sum that no integer of SQLite holds is refused", async () => {
  const huge = attempt({ costNanoUsd: 2n ** 63n - 1n });
  await expect(costs("--file", write([call({ endedAtMs: now, attempts: [huge, huge] })]))).rejects.toThrow(
    /above 9,223,372,036 USD/,
  );
});

test.each<[name: string, args: readonly string[], problem: RegExp]>([
  ["no file", [], /^which ledger\? Say --file FILE, or --config FILE/],
  ["a file that is not there", ["--file", "/nowhere/costs.sqlite"], /^\/nowhere\/costs.sqlite: there is no ledger/],
  ["an unknown key", ["--by", "model,tenent"], /^--by: no key named "tenent"; did you mean "tenant"\?/],
  ["a bad time", ["--since", "yesterday"], /^--since must be a time such as/],
  ["a time that is none", ["--until", "2027-13-01"], /^--until must be a time such as/],
  ["an unknown format", ["--format", "csv"], /^--format must be table, json or ndjson/],
  ["sums of every attempt", ["--format", "ndjson", "--by", "model"], /leave --by out/],
])("%s is refused in plain words", async (_name, args, problem) => {
  await expect(costs(...args)).rejects.toThrow(problem);
});
