import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "vitest";
import { parse, stringify } from "yaml";
import { freePort } from "./free-port.js";
import { requireProgram } from "./require-program.js";
import { workspaceRoot } from "./spawn-command.js";

/** The folder of the example configuration and of the rules, with a slash at its end. */
export const prometheusFolder = `${workspaceRoot}deploy/prometheus/`;

/** A sample of an instant vector. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus of a test's own. */
export interface TestPrometheus {
  /** Evaluates PromQL now. Rejects where it is no valid PromQL. */
  query(expression: string): Promise<readonly Sample[]>;
  /** The same, by the value of a label; the rest of the labels is not looked at. */
  queryBy(label: string, expression: string): Promise<Readonly<Record<string, number>>>;
  /** The rules with how their last evaluation went. */
  rules(): Promise<readonly TestRule[]>;
}

/** A recording rule or an alert. */
export interface TestRule {
  readonly name: string;
  /** "ok", "err", or "unknown" before the first evaluation. */
  readonly health: string;
  readonly lastError?: string;
}

/**
 * Starts Prometheus with the example configuration and the rules, but for the address and an interval of a second. The test
 * skips where there is no Prometheus.
 */
export async function startPrometheus(
  context: Pick<TestContext, "skip" | "onTestFinished">,
  adminUrl: string,
): Promise<TestPrometheus> {
  const program = requireProgram(context, "prometheus");
  const folder = mkdtempSync(join(tmpdir(), "meridian-prometheus-"));
  const file = join(folder, "prometheus.yml");
  writeFileSync(file, configurationFor(new URL(adminUrl).host));
  const url = `http://127.0.0.1:${await freePort()}`;
  const options = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=${new URL(url).host}`,
  ];
  const child = spawn(program, options, { stdio: ["ignore", "ignore", "pipe"] });
  context.onTestFinished(async () => {
    const exited = once(child, "exit");
    if (child.kill("SIGKILL")) await exited;
    rmSync(folder, { recursive: true });
  });
  const lines: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    lines.push(line);
    if (line.includes("Server is ready to receive web requests")) break;
  }
  if (child.exitCode !== null) throw new Error(lines.join("\n"));
  child.stderr.resume();

  const ask = async (path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    // The API's own form, see https://prometheus.io/docs/prometheus/latest/querying/api/.
    const body = (await answer.json()) as { status: string; error?: string; data: unknown };
    if (body.status !== "success") throw new Error(`${JSON.stringify(parameters)}: ${body.error}`);
    return body.data;
  };
  const query = async (expression: string): Promise<readonly Sample[]> => {
    const { result } = (await ask("query", { query: expression })) as {
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  };
  return {
    query,
    async queryBy(label, expression) {
      const samples = await query(expression);
      return Object.fromEntries(samples.map(({ labels, value }) => [labels[label] ?? "", value]));
    },
    async rules() {
      const { groups } = (await ask("rules")) as { groups: { rules: TestRule[] }[] };
      return groups.flatMap(({ rules }) => rules);
    },
  };
}

function configurationFor(target: string): string {
  const example: object = parse(readFileSync(`${prometheusFolder}prometheus.yml`, "utf8"));
  return stringify({
    ...example,
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: [`${prometheusFolder}rules.yml`],
    scrape_configs: [{ job_name: "meridian", static_configs: [{ targets: [target] }] }],
  });
}
