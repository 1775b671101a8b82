import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadPolicy } from "./command/load-policy.js";
import { replayFiles } from "./command/replay.js";
import { callJson } from "./testing/call-json.js";
import { otherYaml, trafficYaml } from "./testing/replay-traffic.js";
import { runProgram } from "./testing/run-program.js";
import { runTraffic } from "./testing/run-traffic.js";
import { simulateDecisions } from "./testing/simulate-decisions.js";
import { builtCommand } from "./testing/spawn-command.js";
import { compileTestConfig, startTestProxy } from "./testing/start-test-proxy.js";

// `meridian replay` over decisions that were recorded.

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "meridian-replay-"));
  await writeFile(file("first.yaml"), trafficYaml);
  await writeFile(file("other.yaml"), otherYaml);
});
afterAll(() => rm(directory, { recursive: true }));

const file = (name: string) => join(directory, name);

/** A relay by the environment, as the recorded calls had one; its key is another. */
const relay = { RELAY_BASE_URL: "http://127.0.0.1:9/v1", RELAY_API_KEY: "unused" };

const replay = (config: string, ...files: readonly string[]) =>
  replayFiles(files.map(file), loadPolicy(file(config), relay));

/** The command as it is built. */
const meridian = (...args: readonly string[]) => {
  const environment = Object.entries({ ...relay, NO_COLOR: "1" }).map(([name, value]) => `${name}=${value}`);
  return runProgram("env", [...environment, process.execPath, builtCommand, "replay", ...args]);
};

interface Share {
  readonly target: string;
  readonly before: number;
  readonly after: number;
}
const sharesOf = (shares: readonly Share[], side: "before" | "after"): Readonly<Record<string, number>> =>
  Object.fromEntries(shares.filter((share) => share[side] > 0).map((share) => [share.target, share[side]]));

describe("10,000 decisions, planned by the code of the handlers", { timeout: 180_000 }, () => {
  const calls = 10_000;
  const threeEndpoints = `endpoints: [${["tokyo", "london", "sydney"]
    .map(
      (name) =>
        `{ name: ${name}, baseUrl: "http://${name}.example/v1", credentials: [{ name: new, key: "\${env:KEY}" }, { name: older, key: "\${env:KEY}" }] }`,
    )
    .join(", ")}]\n`;
  const configOf = (yaml: string) => compileTestConfig(threeEndpoints + yaml, { KEY: "sk-test-of-replay" });

  test("are reproduced under the same configuration; under another one the report has what a run with it has", async () => {
    await writeFile(file("first-3.yaml"), threeEndpoints + trafficYaml);
    await writeFile(file("other-3.yaml"), threeEndpoints + otherYaml);
    const first = await simulateDecisions(configOf(trafficYaml), file("first.ndjson"), calls);

    const same = await replay("first-3.yaml", "first.ndjson");
    expect(same).toMatchObject({
      decisions: calls,
      reproduced: calls,
      moved: 0,
      changed: 0,
      unjudged: [],
      unreadable: 0,
    });
    expect(sharesOf(same.shares, "before")).toEqual(first.shares);
    expect(same.cost).toMatchObject({
      recordedNanoUsd: first.costNanoUsd,
      estimatedNanoUsd: first.costNanoUsd,
    });

    const report = await replay("other-3.yaml", "first.ndjson");
    const other = await simulateDecisions(configOf(otherYaml), file("other.ndjson"), calls);
    expect(report).toMatchObject({ decisions: calls, unjudged: [] });
    expect(report.moved).toBeGreaterThan(1_000);
    expect(report.reproduced + report.changed + report.moved).toBe(calls);
    expect(sharesOf(report.shares, "after")).toEqual(other.shares);
    expect(report.moves.reduce((sum, { calls }) => sum + calls, 0)).toBe(report.moved);

    const answersMs = other.answersMs.toSorted((a, b) => a - b);
    const p50Ms = answersMs[Math.floor(answersMs.length * 0.5)] ?? 0;
    const p95Ms = answersMs[Math.floor(answersMs.length * 0.95)] ?? 0;
    const { after = { p50Ms: 0, p95Ms: 0 } } = report.wholeAnswers;
    expect(Math.abs(after.p50Ms / p50Ms - 1)).toBeLessThan(0.1);
    expect(Math.abs(after.p95Ms / p95Ms - 1)).toBeLessThan(0.1);
  });
});

describe("decisions of the learned policy", { timeout: 180_000 }, () => {
  const calls = 800;
  const configOf = (budget: string) =>
    `routing: {aliases: {cheap: deepseek-v3.2}, policy: learned, learned: {budget: ${budget}}}`;
  const third = configOf("{share: {medium: 0.2, high: 0.3}}");

  test("are reproduced under its configuration; under another budget they are as a run with it has them", async () => {
    const run = (yaml: string, decisions: string) =>
      simulateDecisions(compileTestConfig(yaml, relay), file(decisions), calls);
    await run(third, "third.ndjson");
    await writeFile(file("third.yaml"), third);
    expect(await replay("third.yaml", "third.ndjson")).toMatchObject({ decisions: calls, reproduced: calls });
    expect(await readFile(file("third.ndjson"), "utf8")).not.toMatch(/largest prime/);

    for (const budget of ["{share: {medium: 0.1, high: 0.5}}", "{cost: 0.4}"]) {
      await writeFile(file("budget.yaml"), configOf(budget));
      const told = await replay("budget.yaml", "third.ndjson");
      const other = await run(configOf(budget), "budget.ndjson");
      expect(told.unjudged).toEqual([]);
      expect(told.moved).toBeGreaterThan(calls / 20);
      expect(sharesOf(told.shares, "after")).toEqual(other.shares);
    }
  });

  test("cannot be told from those of the keyword rule, where the tier matters", async () => {
    await simulateDecisions(compileTestConfig("", relay), file("keywords.ndjson"), 100);
    await writeFile(file("third.yaml"), third);
    const { unjudged, reproduced } = await replay("third.yaml", "keywords.ndjson");
    expect(unjudged.map(({ name }) => name)).toEqual(["nobody knows the learned score, which was not taken down"]);
    expect(reproduced).toBeGreaterThan(0);
  });
});

describe("300 calls over sockets", { timeout: 180_000 }, () => {
  const calls = 300;

  test("are reproduced; a run with another configuration has the shares that were told", async () => {
    const first = await runTraffic(trafficYaml, file("sockets.ndjson"), calls);
    const same = await replay("first.yaml", "sockets.ndjson");
    expect(same).toMatchObject({ decisions: calls, reproduced: calls, unjudged: [], unreadable: 0 });
    expect(sharesOf(same.shares, "before")).toEqual(first.shares);
    expect(same.cost.recordedNanoUsd).toBe(first.costNanoUsd);
    expect(same.firstContent.before?.p50Ms).toBeGreaterThan(0);
    expect(same.wholeAnswers.before?.p50Ms).toBeGreaterThan(0);

    const told = await replay("other.yaml", "sockets.ndjson");
    const other = await runTraffic(otherYaml, file("sockets-other.ndjson"), calls);
    expect(told).toMatchObject({ decisions: calls, unjudged: [] });
    expect(sharesOf(told.shares, "after")).toEqual(other.shares);

    // Neither a prompt, nor a user, nor a key.
    expect(await readFile(file("sockets.ndjson"), "utf8")).not.toMatch(/largest prime|user-\d|sk-test/);
  });

  test("are told as a table, and as a page of its own", async () => {
    const page = file("report.html");
    const command = ["--config", file("other.yaml"), "--html", page, file("sockets.ndjson")];
    const { stdout, exitCode } = await meridian(...command);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\d+ of 300 decisions would move under other\.yaml\n/);
    expect(stdout).toMatch(/^ {2}gpt-4\.1 +\d+ +\d+\.\d % +\d+ +\d+\.\d % +[+-]?\d+\.\d$/m);
    const html = await readFile(page, "utf8");
    expect(html).toContain("<svg ");
    expect(html).toContain("decisions would move under other.yaml</h1>");
    expect(html).not.toMatch(/https?:|src=|url\(|<script|<link/);
    expect((await meridian("--fail-on-change", ...command)).exitCode).toBe(1);

    await writeFile(file("older.ndjson"), "precious");
    const forgotten = await meridian(
      "--config",
      file("other.yaml"),
      "--html",
      file("older.ndjson"),
      file("sockets.ndjson"),
    );
    expect(forgotten).toMatchObject({
      exitCode: 1,
      stderr: "meridian: --html takes a file whose name ends in .html\n",
    });
    expect(await readFile(file("older.ndjson"), "utf8")).toBe("precious");
  });

  test("are judged as far as they can be, and what is no decision is left out", async () => {
    const lines = await readFile(file("sockets.ndjson"), "utf8");
    await writeFile(file("cut.ndjson"), `${lines}\nno JSON\n{"v":2}\n${lines.slice(0, 100)}`);
    await writeFile(file("words.yaml"), `${trafficYaml}  keywords: { highWords: [explain, compare, prove] }\n`);
    const report = await replay("words.yaml", "cut.ndjson");
    expect(report.unreadable).toBe(3);
    const [{ name, count } = { name: "", count: 0 }] = report.unjudged;
    expect(name).toBe('nobody knows whether the question has the new word "prove"');
    expect(count).toBeGreaterThan(50);
    expect(report.reproduced + report.changed + report.moved + count).toBe(calls);
  });

  test.each([
    ["no such file", "first.yaml", "missing.ndjson", "missing.ndjson"],
    ["no decisions", "first.yaml", "first.yaml", "no decisions in"],
    ["no such configuration", "missing.yaml", "sockets.ndjson", "cannot be read"],
  ])("%s: are not told", async (_name, config, decisions, message) => {
    await expect(async () => await replay(config, decisions)).rejects.toThrow(message);
  });
});

test("what is recorded is the sample, and no name that the configuration does not have", async () => {
  const kept = async (sample: number, model: string) => {
    const name = file(`sample-${sample}.ndjson`);
    const target = await startTestProxy({ yaml: `decisions: { file: ${JSON.stringify(name)}, sample: ${sample} }\n` });
    try {
      const messages = [{ role: "user", content: "hi" }];
      for (let call = 0; call < 4; call += 1) await callJson(target.proxy.url, "Chat", { model, messages });
      await callJson(target.proxy.url, "ExplainRoute", { chat: { messages } });
    } finally {
      await target.stop();
    }
    return (await readFile(name, "utf8")).split("\n").length - 1;
  };
  expect(await kept(0, "")).toBe(0);
  expect(await kept(1, "")).toBe(4);
  expect(await kept(1, "sk-pasted-by-mistake")).toBe(4);
});
