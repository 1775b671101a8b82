import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createInferenceClient, user } from "@meridian/inference-client";
import { startRelaySimulator } from "@meridian/relay-simulator";
import { expect, onTestFinished, test, vi } from "vitest";
import { openLedgerToRead } from "./ledger/ledger-database.js";
import { exportAttempts } from "./ledger/read-costs.js";
import { spawnProxy } from "./testing/spawn-command.js";
import { temporaryFolder } from "./testing/temporary-folder.js";
import { metricOf } from "./testing/tenant-calls.js";

const flushMs = 200;
/** For the write itself, and for timers that are late on a busy machine. */
const writeMs = 3_000;

/** An answered call. */
interface Answered {
  readonly requestId: string;
  readonly costNanoUsd: bigint;
  readonly atMs: number;
}

test("a killed process loses no more than its last moments, and the next one goes on in the same ledger", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "costs.sqlite");
  const config = join(folder, "meridian.yaml");
  await writeFile(config, JSON.stringify({ ledger: { file, flushMs } }));
  const relay = await startRelaySimulator();
  onTestFinished(() => relay.close());
  const environment = {
    MERIDIAN_CONFIG: config,
    RELAY_BASE_URL: relay.baseUrl,
    RELAY_API_KEY: "sk-test",
    LOG_LEVEL: "warn",
  };
  const ledger = () => {
    const database = openLedgerToRead(file);
    const integrity = database.prepare("PRAGMA integrity_check").all();
    const rows = [...exportAttempts(database, { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, tenant: undefined })];
    database.close();
    expect(integrity).toEqual([{ integrity_check: "ok" }]);
    return new Map(rows.map(({ requestId, costNanoUsd }) => [requestId, BigInt(String(costNanoUsd))]));
  };

  let calls = 0;
  /** Makes calls until so many were answered, and for `forMs` more; then ends the process while they go on. */
  const run = async (signal: "SIGKILL" | "SIGTERM", forMs: number) => {
    const proxy = await spawnProxy(environment);
    onTestFinished(async () => {
      proxy.child.kill("SIGKILL");
      await proxy.exited;
    });
    const client = createInferenceClient({ baseUrl: proxy.url, protocol: "grpc" });
    const answered: Answered[] = [];
    let killedAtMs: number | undefined;
    const caller = async () => {
      while (killedAtMs === undefined) {
        calls += 1;
        const requestId = `call-${calls}`;
        const options = { headers: { "x-request-id": requestId } };
        try {
          const { route } = await client.chat({ messages: [user("Hi")], maxTokens: 5 }, options);
          answered.push({ requestId, costNanoUsd: route?.totalCostNanoUsd ?? -1n, atMs: performance.now() });
        } catch (error) {
          if (killedAtMs === undefined) throw error;
        }
      }
    };
    const callers = Promise.all(Array.from({ length: 4 }, caller));
    await vi.waitFor(() => expect(answered.length).toBeGreaterThan(20), { timeout: 20_000 });
    await sleep(forMs);
    const toldWritten = await metricOf([proxy.adminUrl], "meridian_ledger_written_attempts_total");
    killedAtMs = performance.now();
    // Who is told to stop may answer first.
    if (signal === "SIGTERM") await callers;
    proxy.child.kill(signal);
    await Promise.all([proxy.exited, callers]);
    client.close();
    return { answered, killedAtMs, toldWritten };
  };
  const known = new Map<unknown, bigint>();
  const check = (answered: readonly Answered[], untilMs: number) => {
    const rows = ledger();
    for (const { requestId, costNanoUsd, atMs } of answered) {
      if (atMs <= untilMs || rows.has(requestId))
        expect([requestId, rows.get(requestId)]).toEqual([requestId, costNanoUsd]);
    }
    // What was there stays.
    for (const [requestId, costNanoUsd] of known) expect(rows.get(requestId)).toBe(costNanoUsd);
    for (const [requestId, costNanoUsd] of rows) known.set(requestId, costNanoUsd);
    return answered.filter(({ requestId }) => !rows.has(requestId)).length;
  };

  const lost: number[] = [];
  for (const forMs of [flushMs + writeMs, flushMs + writeMs + 110]) {
    const before = known.size;
    const { answered, killedAtMs, toldWritten } = await run("SIGKILL", forMs);
    lost.push(check(answered, killedAtMs - flushMs - writeMs));
    // What the process has called written is there, too.
    expect(known.size - before).toBeGreaterThanOrEqual(toldWritten);
    expect(toldWritten).toBeGreaterThan(20);
  }
  const { answered } = await run("SIGTERM", 0);
  expect(check(answered, Number.POSITIVE_INFINITY)).toBe(0);
}, 90_000);
