import { DatabaseSync } from "node:sqlite";

/** A ledger that cannot be used as it is. The message is what a command prints. */
export class LedgerError extends Error {
  override readonly name = "LedgerError";
}

/** "MERI": what tells the file from other SQLite files. */
const applicationId = 0x4d455249;
/** How long another process that writes is waited for, in milliseconds. */
const busyTimeoutMs = 5_000;

/** The file's form, step by step: what a file lacks of them is done when it is opened to be written. Only ever added to. */
const migrations: readonly string[] = [
  `
  CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    ended_at_ms INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    rpc TEXT NOT NULL,
    protocol TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    region TEXT NOT NULL,
    tier TEXT NOT NULL,
    cohort TEXT NOT NULL,
    config_version TEXT NOT NULL
  ) STRICT;
  CREATE INDEX calls_by_end ON calls (ended_at_ms);
  CREATE TABLE attempts (
    call_id INTEGER NOT NULL REFERENCES calls ON DELETE CASCADE,
    number INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    model TEXT NOT NULL,
    credential TEXT NOT NULL,
    transport TEXT NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER NOT NULL,
    start_ms INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost_nano_usd INTEGER NOT NULL,
    cost_source TEXT NOT NULL,
    PRIMARY KEY (call_id, number)
  ) STRICT, WITHOUT ROWID;
  `,
];

/**
 * Opens a ledger to write it, and makes what is missing. What was written is safe from the end of the process at once, and
 * from that of the machine within the next 1,000 pages; see https://www.sqlite.org/pragma.html#pragma_synchronous.
 *
 * @throws LedgerError where the file is something else, or of a later version; what SQLite says where it cannot be written
 */
export function openLedgerToWrite(file: string): DatabaseSync {
  // The writer keeps attempts and calls together by itself: to look up the call of each attempt takes a tenth of its time.
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: false });
  return closedOnFailure(database, () => {
    checkForm(database, file);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    // Another process may be at it too: whoever has the lock looks again.
    database.exec("BEGIN IMMEDIATE");
    for (const migration of migrations.slice(checkForm(database, file))) database.exec(migration);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}; COMMIT`);
  });
}

/**
 * Opens a ledger to read it, while others write.
 *
 * @throws LedgerError where there is none, or one of another version
 */
export function openLedgerToRead(file: string): DatabaseSync {
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
  } catch {
    throw new LedgerError(`${file}: there is no ledger that can be read`);
  }
  return closedOnFailure(database, () => {
    if (checkForm(database, file) < migrations.length)
      throw new LedgerError(
        `${file}: is of an earlier version; a proxy of this version that writes it brings it up to date`,
      );
  });
}

/** Gives the number of migrations that the file has had. */
function checkForm(database: DatabaseSync, file: string): number {
  const isOther = () => new LedgerError(`${file}: is no ledger of Meridian; choose another file`);
  try {
    const version = pragma(database, "user_version");
    const tables = Number(database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get()?.["tables"]);
    if (pragma(database, "application_id") !== applicationId && (tables > 0 || version > 0)) throw isOther();
    if (version > migrations.length) throw new LedgerError(`${file}: was written by a later version of Meridian`);
    return version;
  } catch (error) {
    if (error instanceof Error && error.message === "file is not a database") throw isOther();
    throw error;
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function closedOnFailure(database: DatabaseSync, prepare: () => void): DatabaseSync {
  try {
    prepare();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
