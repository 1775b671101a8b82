import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { callJson } from "../testing/call-json.js";
import { filledIn, readDashboard } from "../testing/dashboard.js";
import { requireProgram } from "../testing/require-program.js";
import { runProgram, runToSuccess } from "../testing/run-program.js";
import { workspaceRoot } from "../testing/spawn-command.js";
import { prometheusFolder } from "../testing/start-prometheus.js";
import { useTestProxy } from "../testing/use-test-proxy.js";

const target = useTestProxy();
const dashboard = readDashboard();
const shown = dashboard.panels.flatMap(({ targets = [] }) => targets);
const expressions = [...shown, ...dashboard.annotations.list].map(({ expr }) => expr);

/** The rules, as far as they are looked at here. */
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly record?: string; readonly alert?: string; readonly expr: string }[];
  }[];
}
// Our own file; promtool says whether it is what Prometheus wants.
const { groups } = parse(readFileSync(`${prometheusFolder}rules.yml`, "utf8")) as Rules;
const rules = groups.flatMap((group) => group.rules);

/** The names of metrics in PromQL: what is left once functions, words of the language and labels are gone. */
function metricsIn(expression: string): readonly string[] {
  const words = expression
    .replaceAll(/"[^"]*"/g, "")
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, " ")
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, " ")
    .matchAll(/[a-zA-Z_:][\w:]*(?![\w:]*\s*\()/g);
  const language = new Set(["and", "or", "unless", "bool", "offset", "by", "e9"]);
  return [...words].map(([word]) => word).filter((word) => !language.has(word));
}

test("rules and dashboard ask for what /metrics or a rule has", async () => {
  const { proxy } = target();
  await callJson(proxy.url, "Chat", { messages: [{ role: "user", content: "hi" }] });
  const text = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
  const exposed = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name, type]) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  const recorded = rules.flatMap(({ record }) => record ?? []);
  // Prometheus's own, and what is there only with a Redis or a ledger.
  const known = new Set([...exposed, ...recorded, "up", "meridian_redis_away", "meridian_ledger_lost_attempts_total"]);
  const variables = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);
  const asked = [...rules.map(({ expr }) => expr), ...expressions].flatMap(metricsIn);
  const inVariables = variables.map((definition) => /^label_values\((\w+)/.exec(definition)?.[1]);
  expect([...asked, ...inVariables].filter((name) => name === undefined || !known.has(name))).toEqual([]);
  expect(asked.length).toBeGreaterThan(60);
});

test("promtool takes rules, their tests, the example configuration and the dashboard's PromQL", async (context) => {
  const promtool = requireProgram(context, "promtool");
  const folder = mkdtempSync(join(tmpdir(), "meridian-promtool-"));
  context.onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "dashboard.yml");
  const recording = (expr: string, index: number) => ({ record: `dashboard:panel:${index}`, expr: filledIn(expr) });
  writeFileSync(file, stringify({ groups: [{ name: "dashboard", rules: expressions.map(recording) }] }));
  await runToSuccess(promtool, ["check", "rules", `${prometheusFolder}rules.yml`, file]);
  await runToSuccess(promtool, ["check", "config", `${prometheusFolder}prometheus.yml`]);
  await runToSuccess(promtool, ["test", "rules", `${prometheusFolder}rules.test.yml`]);
  // That it would say so.
  writeFileSync(file, stringify({ groups: [{ name: "broken", rules: [recording("sum(rate(x[5m])", 0)] }] }));
  expect((await runProgram(promtool, ["check", "rules", file])).exitCode).not.toBe(0);
});

test("every alert is tested, and docs/monitoring.md says what to do", () => {
  const alerts = rules.flatMap(({ alert }) => alert ?? []);
  const tests = readFileSync(`${prometheusFolder}rules.test.yml`, "utf8");
  const tested = new Set([...tests.matchAll(/alertname: (\w+)/g)].map(([, name]) => name));
  const docs = readFileSync(`${workspaceRoot}docs/monitoring.md`, "utf8");
  const documented = [...docs.matchAll(/^\| `(Meridian\w+)` \|/gm)].map(([, name]) => name);
  expect([...tested].sort()).toEqual([...alerts].sort());
  expect(documented.sort()).toEqual([...alerts].sort());
});

test("the dashboard can be imported anywhere: no uid, no data source of its own, no panel on another", () => {
  expect(dashboard).toMatchObject({ id: null, title: "Meridian", schemaVersion: 38 });
  expect(dashboard.uid).toBeUndefined();
  const [variable] = dashboard.templating.list;
  expect(variable).toMatchObject({ name: "datasource", type: "datasource", query: "prometheus" });
  const chosen = { type: "prometheus", uid: "${datasource}" };
  for (const { datasource } of [...shown, ...dashboard.annotations.list]) expect(datasource).toEqual(chosen);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  for (const [index, { gridPos: a }] of dashboard.panels.entries()) {
    expect(a.x + a.w).toBeLessThanOrEqual(24);
    for (const { gridPos: b } of dashboard.panels.slice(index + 1))
      expect(a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h).toBe(false);
  }
});
