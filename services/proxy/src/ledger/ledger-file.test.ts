import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { ledgerAttempt, ledgerCall, packCalls } from "../testing/ledger-calls.js";
import { temporaryFolder } from "../testing/temporary-folder.js";
import { openLedgerToRead, openLedgerToWrite } from "./ledger-database.js";
import { openLedgerThread } from "./ledger-thread.js";
import { createLedgerWriter } from "./ledger-writer.js";
import { type CostFilter, exportAttempts } from "./read-costs.js";

const all: CostFilter = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, tenant: undefined };
const temporaryFile = async () => join(await temporaryFolder(), "costs.sqlite");

function requestIdsIn(file: string): readonly unknown[] {
  const database = openLedgerToRead(file);
  const ids = [...exportAttempts(database, all)].map(({ requestId }) => requestId);
  database.close();
  return ids;
}

test("a call comes back as it was, with all its attempts, to the largest cost", async () => {
  const file = await temporaryFile();
  const ledger = openLedgerThread(file);
  const failed = ledgerAttempt({ outcome: "overloaded", status: 503, costNanoUsd: 0n });
  const dear = ledgerAttempt({ costNanoUsd: 2n ** 63n - 1n, promptTokens: Number.MAX_SAFE_INTEGER, durationMs: 99 });
  await ledger.write(packCalls([ledgerCall({ attempts: [failed, dear] })]), 0);
  await ledger.close();
  const database = openLedgerToRead(file);
  const rows = [...exportAttempts(database, all)];
  database.close();
  expect(rows).toMatchObject([
    { attempt: 1, outcome: "overloaded", status: 503, costNanoUsd: "0" },
    { attempt: 2, costNanoUsd: "9223372036854775807", promptTokens: Number.MAX_SAFE_INTEGER, durationMs: 99 },
  ]);
  expect(rows[1]).toEqual({
    endedAt: "1970-01-01T00:16:40.000Z",
    requestId: "request",
    tenant: "search",
    rpc: "Chat",
    protocol: "grpc",
    code: "ok",
    reason: "",
    region: "ID",
    tier: "low",
    cohort: "baseline",
    configVersion: "v1",
    attempt: 2,
    endpoint: "tokyo",
    model: "gpt-4.1",
    credential: "new",
    transport: "unary",
    outcome: "ok",
    status: 200,
    startMs: 0,
    durationMs: 99,
    promptTokens: Number.MAX_SAFE_INTEGER,
    cachedTokens: 0,
    completionTokens: 3,
    reasoningTokens: 0,
    costNanoUsd: "9223372036854775807",
    costSource: "reported",
  });
});

test("several may write the same file at once, and go on in it later", async () => {
  const file = await temporaryFile();
  const ledgers = [openLedgerThread(file), openLedgerThread(file), openLedgerThread(file)];
  const expected: string[] = [];
  await Promise.all(
    ledgers.map(async (ledger, writer) => {
      for (let write = 0; write < 20; write += 1) {
        const ids = Array.from({ length: 10 }, (_, call) => `${writer}-${write}-${call}`);
        expected.push(...ids);
        await ledger.write(packCalls(ids.map((requestId) => ledgerCall({ requestId }))), 0);
      }
      await ledger.close();
    }),
  );
  const again = openLedgerThread(file);
  await again.write(packCalls([ledgerCall({ requestId: "again" })]), 0);
  await again.close();
  expect([...requestIdsIn(file)].sort()).toEqual([...expected, "again"].sort());
});

test("a write that fails writes nothing, and the next one works", async () => {
  const file = await temporaryFile();
  const ledger = openLedgerThread(file);
  const noTime = ledgerAttempt({ durationMs: Number.NaN });
  const calls = [ledgerCall({ requestId: "good" }), ledgerCall({ requestId: "bad", attempts: [noTime] })];
  await expect(ledger.write(packCalls(calls), 0)).rejects.toThrow(/NOT NULL/);
  await ledger.write(packCalls([ledgerCall({ requestId: "next" })]), 0);
  await ledger.close();
  expect(requestIdsIn(file)).toEqual(["next"]);
});

test("a thread that does not start is started again by the next write", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "costs.sqlite");
  const ledger = openLedgerThread(file);
  await rm(file);
  await mkdir(file);
  await expect(ledger.write(packCalls([ledgerCall({ requestId: "lost" })]), 0)).rejects.toThrow(/cannot be opened/);
  await rm(file, { recursive: true });
  await ledger.write(packCalls([ledgerCall({ requestId: "next" })]), 0);
  await ledger.close();
  expect(requestIdsIn(file)).toEqual(["next"]);
});

test("old calls go with the writes, a thousand at a time, with their attempts", async () => {
  const file = await temporaryFile();
  const database = openLedgerToWrite(file);
  const writer = createLedgerWriter(database);
  const count = () => {
    const { calls, attempts } =
      database
        .prepare("SELECT (SELECT count(*) FROM calls) AS calls, (SELECT count(*) FROM attempts) AS attempts")
        .get() ?? expect.unreachable();
    return [calls, attempts];
  };
  const old = Array.from({ length: 1_500 }, () =>
    ledgerCall({ endedAtMs: 999, attempts: [ledgerAttempt(), ledgerAttempt()] }),
  );
  writer.write([...old, ledgerCall({ endedAtMs: 1_000 })], 0);
  expect(count()).toEqual([1_501, 3_001]);
  writer.write([], 1_000);
  expect(count()).toEqual([501, 1_001]);
  // No foreign key watches over it where calls are written: what ended at the same time must not lose one without the other.
  expect(database.prepare("PRAGMA foreign_key_check").all()).toEqual([]);
  writer.write([], 1_000);
  expect(count()).toEqual([1, 1]);
  database.close();
});

test("what is no ledger is left as it is, and what is of a later version too", async () => {
  const folder = await temporaryFolder();
  const text = join(folder, "notes.txt");
  await writeFile(
    text,
    "Some notes, and enough of them to be longer than the header of a database file has to be.".repeat(9),
  );
  const other = join(folder, "other.sqlite");
  const otherDatabase = new DatabaseSync(other);
  otherDatabase.exec("CREATE TABLE notes (text TEXT)");
  otherDatabase.close();
  const later = join(folder, "later.sqlite");
  const laterDatabase = openLedgerToWrite(later);
  laterDatabase.exec("PRAGMA user_version = 99");
  laterDatabase.close();
  const missing = join(folder, "missing", "costs.sqlite");
  for (const [file, problem] of [
    [text, /notes.txt: is no ledger of Meridian/],
    [other, /other.sqlite: is no ledger of Meridian/],
    [later, /later.sqlite: was written by a later version/],
  ] as const) {
    expect(() => openLedgerThread(file)).toThrow(problem);
    expect(() => openLedgerToRead(file)).toThrow(problem);
  }
  expect(() => openLedgerThread(missing)).toThrow(/cannot be opened: unable to open database file/);
  expect(() => openLedgerToRead(missing)).toThrow(/there is no ledger/);
});
