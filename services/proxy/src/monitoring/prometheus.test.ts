import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReceivedCall } from "@meridian/relay-simulator";
import { expect, test, vi } from "vitest";
import { filledIn, readDashboard } from "../testing/dashboard.js";
import { costByModel, failingModels, type LoadedCall, makeMixedLoad } from "../testing/mixed-load.js";
import { requireProgram } from "../testing/require-program.js";
import { startPrometheus, type TestPrometheus } from "../testing/start-prometheus.js";
import { startTestProxy } from "../testing/start-test-proxy.js";
import { writeKeyFile } from "../testing/tenant-calls.js";

/** What the relay adds to each answer, by the caller's country. FR has no region of its own. */
const latencyMs = { FR: 50, KR: 220, ID: 900 };
const regionOf = (country: string) => (country === "FR" ? "DEFAULT" : country);
/** The upper bounds of the buckets of the durations, in seconds. */
const bounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24];
/** How wide the bucket of a duration is, in seconds. */
const widthAt = (seconds: number) => {
  const index = bounds.findIndex((bound) => seconds <= bound);
  return (bounds[index] ?? 0) - (bounds[index - 1] ?? 0);
};

/** How long to wait for what Prometheus has not scraped yet, in milliseconds. */
const patience = { timeout: 15_000, interval: 200 };

/** Nano-USD of a token of an answer: 8.00, 2.50 and 0.42 USD for a million. */
const tokenNanoUsd: Readonly<Record<string, number>> = {
  "gpt-4.1": 8_000,
  "gemini-2.5-flash": 2_500,
  "deepseek-v3.2": 420,
};

test("a real Prometheus scrapes a mixed load: quantiles, costs and counts are those of callers and relay", {
  timeout: 90_000,
}, async (context) => {
  const promtool = requireProgram(context, "promtool");
  const target = await startWorld(context);
  const { proxy, relay } = target;
  const prometheus = await startPrometheus(context, proxy.adminUrl);
  const load = { url: proxy.url, countries: Object.keys(latencyMs), tenants: ["search", "ads"], callers: 12 };
  const scraped = (count: number) =>
    vi.waitFor(
      async () => expect(await prometheus.queryBy("", "sum(meridian_calls_total)")).toEqual({ "": count }),
      patience,
    );
  // Rates see what comes after the first scrape of a series: the second part of the load.
  const first = await makeMixedLoad({ ...load, calls: 65 });
  await scraped(first.length);
  const second = await makeMixedLoad({ ...load, calls: 156 });
  const calls = [...first, ...second];
  await scraped(calls.length);
  // Every kind of call was there, and the breakers of the models that fail have opened.
  expect(new Set(calls.map(({ code }) => code))).toEqual(new Set(["ok", "unavailable", "resource_exhausted"]));
  expect(await prometheus.queryBy("model", "max by (model) (meridian_breaker_state) == 2")).toEqual({
    broken: 2,
    cut: 2,
  });
  const sumOf = async (expression: string) => (await prometheus.queryBy("", `sum(${expression})`))[""];
  expect(await sumOf("meridian_restarts_total > 0")).toBe(
    calls.filter(({ events }) => events.includes("restart")).length,
  );

  await expectCosts(prometheus, calls);
  expect(await sumOf(`meridian_tokens_total{kind="completion", source="reported"}`)).toBe(
    answered(relay.calls).reduce((sum, { tokensSent }) => sum + tokensSent, 0),
  );
  // The relay's own counts: what it answered whole.
  expect(await prometheus.queryBy("model", 'sum by (model) (meridian_cost_nano_usd_total{source="reported"})')).toEqual(
    billedBy(relay.calls),
  );
  const byCode = await prometheus.queryBy("code", "sum by (code) (meridian_calls_total)");
  expect(byCode).toEqual(countBy(calls, ({ code }) => code));

  const p95 =
    'histogram_quantile(0.95, sum by (region, le) (gen_ai_server_request_duration_seconds_bucket{error_type=""}))';
  expectQuantiles(calls, await prometheus.queryBy("region", p95));
  const recordedP95 = "region:gen_ai_server_request_duration_seconds:p95_5m";
  await vi.waitFor(async () => expectQuantiles(second, await prometheus.queryBy("region", recordedP95)), patience);

  const rules = await prometheus.rules();
  expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
  // A rate takes two scrapes.
  await vi.waitFor(async () => expect(await panelsWithoutData(prometheus)).toEqual([]), patience);
  const exposition = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
  const checked = spawnSync(promtool, ["check", "metrics"], { input: exposition, encoding: "utf8" });
  expect({ status: checked.status, problems: checked.stderr }).toEqual({ status: 0, problems: "" });
});

/** A proxy with two tenants, and a relay that answers each country at its own pace. */
async function startWorld({ onTestFinished }: { readonly onTestFinished: (end: () => Promise<void>) => void }) {
  const directory = mkdtempSync(join(tmpdir(), "meridian-load-"));
  const keyFile = join(directory, "keys.json");
  writeKeyFile(keyFile, ["search", "ads"]);
  const models = Object.entries(failingModels).map(([name, upstreamName]) => [
    name,
    { upstreamName, prices: { outputUsdPerMillionTokens: "8.00" }, contextWindowTokens: 100_000, fallbacks: [] },
  ]);
  const yaml = {
    models: Object.fromEntries(models),
    tenants: { search: { limits: { usdPerDay: 5 } }, ads: { limits: { requestsPerMinute: 90 } } },
    auth: { apiKeys: { file: keyFile } },
    dispatch: { retry: { backoff: { baseMs: 10 } }, breaker: { openMs: 600_000 } },
  };
  const target = await startTestProxy({
    relay: { regionLatencyMs: latencyMs },
    // YAML is a superset of JSON.
    yaml: JSON.stringify(yaml),
    readFile: (path) => readFileSync(path, "utf8"),
  });
  onTestFinished(async () => {
    await target.stop();
    rmSync(directory, { recursive: true });
  });
  return target;
}

/** By model and by tenant the sum of what the reports of the calls say, to the nano-USD. */
async function expectCosts(prometheus: TestPrometheus, calls: readonly LoadedCall[]): Promise<void> {
  const costs = (label: string) => prometheus.queryBy(label, `sum by (${label}) (meridian_cost_nano_usd_total) > 0`);
  expect(await costs("model")).toEqual(costByModel(calls.map(({ route }) => route)));
  const ofTenants = ["search", "ads"].map((tenant) => {
    const routes = calls.filter((call) => call.tenant === tenant).map(({ route }) => route);
    return [tenant, Object.values(costByModel(routes)).reduce((sum, cost) => sum + cost, 0)];
  });
  expect(await costs("tenant")).toEqual(Object.fromEntries(ofTenants));
}

/** Each region's p95 is what its callers measured, but for the width of the bucket that this is in. */
function expectQuantiles(calls: readonly LoadedCall[], seconds: Readonly<Record<string, number>>): void {
  const answeredCalls = calls.filter(({ code }) => code === "ok");
  const measured = Object.keys(latencyMs).map((country) => {
    const durations = answeredCalls.filter((call) => call.country === country).map(({ durationMs }) => durationMs);
    durations.sort((a, b) => a - b);
    return [regionOf(country), (durations[Math.ceil(durations.length * 0.95) - 1] ?? 0) / 1000] as const;
  });
  expect(Object.keys(seconds).sort()).toEqual(measured.map(([region]) => region).sort());
  for (const [region, own] of measured) {
    const inPrometheus = seconds[region] ?? 0;
    const distance = Math.abs(inPrometheus - own);
    expect(distance, `${region}: ${own} s for the callers, ${inPrometheus} s in Prometheus`).toBeLessThanOrEqual(
      widthAt(own),
    );
  }
}

/** Panels of the dashboard that a load like this one leaves empty. */
async function panelsWithoutData(prometheus: TestPrometheus): Promise<readonly string[]> {
  const empty: string[] = [];
  for (const { title, targets = [] } of readDashboard().panels)
    for (const { expr } of targets)
      if ((await prometheus.query(filledIn(expr))).length === 0) empty.push(`${title}: ${expr}`);
  return empty;
}

/** The calls that a relay answered whole: what it bills. */
function answered(calls: readonly ReceivedCall[]): readonly ReceivedCall[] {
  return calls.filter(({ method, status, outcome }) => method === "POST" && status === 200 && outcome === "answered");
}

function billedBy(calls: readonly ReceivedCall[]): Readonly<Record<string, number>> {
  const bills: Record<string, number> = {};
  for (const { model = "", tokensSent } of answered(calls))
    bills[model] = (bills[model] ?? 0) + tokensSent * (tokenNanoUsd[model] ?? 0);
  return bills;
}

function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}
