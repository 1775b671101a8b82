import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInferenceClient } from "@meridian/inference-client";
import { expect, test, vi } from "vitest";
import { openLedgerToRead } from "./ledger/ledger-database.js";
import { type CostFilter, exportAttempts, sumCosts } from "./ledger/read-costs.js";
import { isFullProfile } from "./testing/failover-profile.js";
import { makeMixedCalls, mixedConfig, mixedRelayModels, mixTenants } from "./testing/mixed-calls.js";
import { startTestProxy } from "./testing/start-test-proxy.js";
import { temporaryFolder } from "./testing/temporary-folder.js";
import { writeKeyFile } from "./testing/tenant-calls.js";

const count = isFullProfile ? 10_000 : 2_000;
const all: CostFilter = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, tenant: undefined };

/** A metric by the values of some labels, summed over all others. */
function metricBy(text: string, name: string, labels: readonly string[]): Readonly<Record<string, bigint>> {
  const sums: Record<string, bigint> = {};
  for (const [, inBraces = "", figure = ""] of text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, "gm"))) {
    const values = Object.fromEntries([...inBraces.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
    const key = labels.map((label) => values[label]).join(" ");
    if (figure !== "0") sums[key] = (sums[key] ?? 0n) + BigInt(figure);
  }
  return sums;
}

/** Rows by some of their fields, summed over all others. */
function sumBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string, of: (row: Row) => bigint) {
  const sums: Record<string, bigint> = {};
  for (const row of rows) sums[keyOf(row)] = (sums[keyOf(row)] ?? 0n) + of(row);
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0n));
}

test(`${count} mixed calls: ledger, metrics, reports and log agree, to the nano-USD`, {
  timeout: 300_000,
}, async () => {
  const folder = await temporaryFolder();
  const [keyFile, ledgerFile] = [join(folder, "keys.json"), join(folder, "costs.sqlite")];
  writeKeyFile(keyFile, mixTenants);
  const running = await startTestProxy({
    yaml: JSON.stringify(mixedConfig(keyFile, ledgerFile)),
    readFile: (path) => readFileSync(path, "utf8"),
    relay: { models: mixedRelayModels },
  });
  const client = createInferenceClient({ baseUrl: running.proxy.url });
  const calls = await makeMixedCalls(client, { count, concurrency: 40 });
  const scrape = async () => await (await fetch(`${running.proxy.adminUrl}/metrics`)).text();
  await vi.waitFor(
    async () => {
      const metrics = await scrape();
      expect(metricBy(metrics, "meridian_calls_in_flight", [])).toEqual({});
      expect(metricBy(metrics, "meridian_ledger_pending_attempts", [])).toEqual({});
    },
    { timeout: 10_000, interval: 100 },
  );
  const metrics = await scrape();
  client.close();
  await running.stop();

  const database = openLedgerToRead(ledgerFile);
  const attempts = [...exportAttempts(database, all)];
  const cost = (row: Readonly<Record<string, unknown>>) => BigInt(String(row["costNanoUsd"]));
  const fields =
    (...names: readonly string[]) =>
    (row: Readonly<Record<string, unknown>>) =>
      names.map((name) => String(row[name])).join(" ");

  // Each call: its report is the sum of its attempts, and the same in the log and in the ledger.
  const lines = running.log.filter(({ msg }) => msg === "call");
  const logged: Readonly<Record<string, bigint>> = Object.fromEntries(
    lines.map(({ requestId, costNanoUsd }) => [String(requestId), BigInt(String(costNanoUsd))]),
  );
  expect(Object.keys(logged)).toHaveLength(lines.length);
  const reported = calls.flatMap(({ requestId, route }) => (route === undefined ? [] : [{ requestId, route }]));
  for (const { requestId, route } of reported) {
    const sum = route.attempts.reduce((total, attempt) => total + attempt.costNanoUsd, 0n);
    expect([requestId, route.totalCostNanoUsd, sum]).toEqual([requestId, logged[requestId], logged[requestId]]);
  }
  const spent = Object.fromEntries(Object.entries(logged).filter(([, nanoUsd]) => nanoUsd > 0n));
  expect(sumBy(attempts, fields("requestId"), cost)).toEqual(spent);

  // Each tenant: the sum of its calls.
  const tenantOf = new Map(calls.map(({ requestId, tenant }) => [requestId, tenant]));
  const ofTenants = sumBy(
    Object.entries(spent),
    ([id]) => tenantOf.get(id) ?? "nobody",
    ([, nanoUsd]) => nanoUsd,
  );
  const sums = sumCosts(database, ["tenant"], all);
  expect(
    sumBy(
      sums,
      ({ keys }) => keys.join(),
      (row) => row.reportedNanoUsd + row.estimatedNanoUsd,
    ),
  ).toEqual(ofTenants);
  expect(Object.keys(ofTenants).sort()).toEqual(mixTenants);

  // The metrics: cost, tokens and attempts.
  const metric = (name: string, ...labels: readonly string[]) => metricBy(metrics, name, labels);
  expect(sumBy(attempts, fields("model", "endpoint", "costSource"), cost)).toEqual(
    metric("meridian_cost_nano_usd_total", "model", "endpoint", "source"),
  );
  expect(sumBy(attempts, fields("model", "outcome", "transport"), () => 1n)).toEqual(
    metric("meridian_attempts_total", "model", "outcome", "transport"),
  );
  const tokens = (field: string) => sumBy(attempts, fields("model"), (row) => BigInt(Number(row[field])));
  const prompt = Object.entries(tokens("promptTokens")).map(([model, sum]) => [`${model} prompt`, sum]);
  const completion = Object.entries(tokens("completionTokens")).map(([model, sum]) => [`${model} completion`, sum]);
  const counted = metric("meridian_tokens_total", "model", "kind");
  expect(counted).toMatchObject(Object.fromEntries([...prompt, ...completion]));
  expect(metric("meridian_ledger_written_attempts_total")).toEqual({ "": BigInt(attempts.length) });
  expect(metric("meridian_ledger_lost_attempts_total")).toEqual({});
  database.close();

  // The mix has it all.
  const outcomes = sumBy(attempts, fields("outcome"), () => 1n);
  const least = BigInt(count / 200);
  for (const outcome of ["ok", "overloaded", "rate_limited", "stream_truncated", "idle_limit", "canceled"])
    expect([outcome, outcomes[outcome] ?? 0n]).toSatisfy(([, attemptsOf]: [string, bigint]) => attemptsOf >= least);
  const has = (condition: (row: Readonly<Record<string, unknown>>) => boolean) =>
    expect(attempts.filter(condition).length).toBeGreaterThan(count / 200);
  has(({ cachedTokens, costNanoUsd }) => Number(cachedTokens) > 0 && costNanoUsd !== "0");
  has(({ reasoningTokens, costSource }) => Number(reasoningTokens) > 0 && costSource === "reported");
  has(({ reasoningTokens, costSource }) => Number(reasoningTokens) > 0 && costSource === "estimated");
  has(({ outcome, costNanoUsd }) => outcome === "canceled" && costNanoUsd !== "0");
  has(({ attempt }) => Number(attempt) > 1);
});
