import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { callJson } from "./testing/call-json.js";
import { trafficYaml } from "./testing/replay-traffic.js";
import { requireProgram } from "./testing/require-program.js";
import { runShell } from "./testing/run-shell.js";
import { runTraffic } from "./testing/run-traffic.js";
import { workspaceRoot } from "./testing/spawn-command.js";
import { startTestProxy, type TestProxy } from "./testing/start-test-proxy.js";

// The commands of the documents, run as they stand: only the port is another. `npm start` and `npm test` have their own.

let running: TestProxy;

beforeAll(async () => {
  running = await startTestProxy();
});

afterAll(() => running.stop());

/** The code blocks of a document in a language, in order. */
async function blocksOf(file: string, language: string): Promise<string[]> {
  const text = await readFile(join(workspaceRoot, file), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, block = ""]) => block,
  );
}

async function commandsOf(file: string, program: string): Promise<string[]> {
  const blocks = await blocksOf(file, "sh");
  return blocks.filter((block) => block.startsWith(program)).map(onTestPort);
}

function onTestPort(text: string): string {
  return text.replaceAll(/(?:localhost|127\.0\.0\.1):8080/g, new URL(running.proxy.url).host);
}

async function printedBy(context: TestContext, program: string, command: string | undefined): Promise<string> {
  if (program !== "node_modules/.bin/buf") requireProgram(context, program);
  if (command === undefined) throw new Error(`the document has no command of ${program}`);
  return await runShell(command);
}

describe("README.md", () => {
  test("curl: Chat", async (context) => {
    const [command] = await commandsOf("README.md", "curl");
    const answer = JSON.parse(await printedBy(context, "curl", command));
    expect(answer.choices[0].message.content).toEqual(expect.any(String));
    expect(answer.usage.total_tokens).toBeGreaterThan(0);
    expect(answer.route).toMatchObject({ country: "ID", tier: "low", model: "deepseek-v3.2" });
  });

  test("curl: the headers that it names", async (context) => {
    const [command = ""] = await commandsOf("README.md", "curl");
    const printed = await printedBy(context, "curl", command.replace("curl -s", "curl -si"));
    expect(printed).toMatch(/^x-model-routed: deepseek-v3\.2\r$/m);
    expect(printed).toMatch(/^x-region-code: ID\r$/m);
    expect(printed).toMatch(/^x-edge-latency-ms: \d+\r$/m);
  });

  test("curl: ExplainRoute", async (context) => {
    const [, command] = await commandsOf("README.md", "curl");
    const plan = JSON.parse(await printedBy(context, "curl", command));
    expect(plan).toMatchObject({ country: "SG", tier: "high", signals: { high_words: ["explain"] } });
    expect(plan.candidates[0].model).toBe("gpt-4.1");
  });

  for (const program of ["node_modules/.bin/buf", "grpcurl"])
    test(`${program}: StreamChat`, async (context) => {
      const [command] = await commandsOf("README.md", program);
      const printed = await printedBy(context, program, command);
      expect(printed).toContain('"textDelta"');
      expect(printed).toContain('"end"');
    });

  test("the client in ten lines", async () => {
    const [program = ""] = await blocksOf("README.md", "ts");
    expect(program.trim().split("\n").length).toBeLessThanOrEqual(10);
    // Inside the package, so that the import finds the workspace's client.
    const directory = await mkdtemp(join(workspaceRoot, "services/proxy/dist/readme-"));
    try {
      await writeFile(join(directory, "example.mjs"), onTestPort(program));
      const printed = await runShell(`"${process.execPath}" "${join(directory, "example.mjs")}"`);
      expect(printed).toContain("gemini-2.5-flash");
      expect(printed).toContain("Tell me a story.");
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe("docs/openai.md", () => {
  const run = async (context: TestContext, index: number) =>
    await printedBy(context, "curl", (await commandsOf("docs/openai.md", "curl"))[index]);

  test("curl: a chat completion", async (context) => {
    const answer = JSON.parse(await run(context, 0));
    expect(answer).toMatchObject({ object: "chat.completion", usage: { total_tokens: expect.any(Number) } });
  });

  test("curl: a stream", async (context) => {
    expect(await run(context, 1)).toMatch(/^data: \{.*\}\n\n(data: .*\n\n)*data: \[DONE\]\n\n$/);
  });

  test("curl: the models", async (context) => {
    expect(JSON.parse(await run(context, 2)).data).toContainEqual(expect.objectContaining({ id: "gpt-4.1" }));
  });

  test("curl: routing options and the report", async (context) => {
    expect(JSON.parse(await run(context, 3))).toMatchObject({
      meridian: { tier: "low", attempts: [{ outcome: "ok" }] },
    });
  });
});

test("docs/openapi.md, curl: ListModels", async (context) => {
  const [command] = await commandsOf("docs/openapi.md", "curl");
  const { models } = JSON.parse(await printedBy(context, "curl", command));
  expect(models.map(({ id }: { id: string }) => id)).toContain("gpt-4.1");
});

test("docs/security.md, meridian keys: create, list, revoke", async () => {
  const directory = await mkdtemp(join(tmpdir(), "meridian-keys-"));
  try {
    const [commands = ""] = await commandsOf("docs/security.md", "npm run -s meridian -- keys");
    const [create, list, revoke] = commands.replaceAll("keys.json", join(directory, "keys.json")).split("\n");
    expect(await runShell(create ?? "")).toMatch(/^mk_[\w-]{43}\n$/);
    const [, id = ""] = /^(\w{12}) +search +search-backend +live/m.exec(await runShell(list ?? "")) ?? [];
    expect(await runShell((revoke ?? "").replace("ID", id))).toMatch(new RegExp(`^Key ${id} is revoked`));
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("docs/costs.md, meridian costs: a table, json and ndjson", { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), "meridian-costs-"));
  try {
    const file = join(directory, "costs.sqlite");
    const proxy = await startTestProxy({ yaml: JSON.stringify({ ledger: { file } }) });
    await callJson(proxy.proxy.url, "Chat", { model: "gpt-4.1", messages: [{ role: "user", content: "Hi" }] });
    await proxy.stop();
    const [commands = ""] = await commandsOf("docs/costs.md", "npm run -s meridian -- costs");
    const [table = "", json = "", ndjson = ""] = commands.replaceAll("costs.sqlite", file).split("\n");
    expect(await runShell(table)).toMatch(
      /^MODEL +TENANT +REGION .*\ngpt-4.1 +anonymous +DEFAULT +1 .*\ntotal +1 .*\n$/,
    );
    expect(JSON.parse(await runShell(json))).toMatchObject([{ endpoint: "relay", calls: 1, estimatedNanoUsd: "0" }]);
    expect(JSON.parse(await runShell(ndjson))).toMatchObject({ model: "gpt-4.1", attempt: 1, outcome: "ok" });
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("docs/routing.md, meridian explain", async () => {
  const [command = ""] = await commandsOf("docs/routing.md", "npm run -s meridian -- explain");
  const printed = await runShell(command, { MERIDIAN_URL: running.proxy.url });
  expect(printed).toMatch(/^deepseek-v3\.2 at relay\n├─ country {3}VN {2}from cf-ipcountry\n├─ tier {6}low\n/);
});

test("docs/replay.md, meridian replay", async () => {
  const directory = await mkdtemp(join(tmpdir(), "meridian-decisions-"));
  try {
    await runTraffic(trafficYaml, join(directory, "decisions.ndjson"), 20);
    await writeFile(join(directory, "new.yaml"), trafficYaml);
    const [command = ""] = await commandsOf("docs/replay.md", "npm run -s meridian -- replay");
    const relay = { RELAY_BASE_URL: running.relay.baseUrl, RELAY_API_KEY: "sk-example" };
    const inDirectory = command.replaceAll(/\S+\.(?:yaml|html|ndjson)/g, (name) => join(directory, name));
    expect(await runShell(inDirectory, relay)).toMatch(/^All 20 decisions reproduced under new\.yaml\n/);
    expect(await readFile(join(directory, "report.html"), "utf8")).toContain("All 20 decisions reproduced");
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("docs/deploy.md, npm run local: the options of the document are those of the command", async () => {
  const [commands = ""] = await commandsOf("docs/deploy.md", "apt-get install --no-install-recommends haproxy");
  const [packages = "", help = "", start] = commands.trimEnd().split("\n");
  const printed = await runShell(help);
  expect(printed).toContain(`Usage: ${start}`);
  for (const name of packages.split(" ").slice(3)) expect(printed).toContain(name);
  expect(await readFile(join(workspaceRoot, "docs/deploy.md"), "utf8")).toContain("`--port`");
});

describe("docs/operations.md", () => {
  test("meridian --help", async () => {
    const help = await runShell("npm run -s meridian -- --help");
    const words = [
      "serve",
      "check-config",
      "config-schema",
      "keys",
      "canary",
      "costs",
      "explain",
      "replay",
      "RELAY_BASE_URL",
      "MERIDIAN_CONFIG",
    ];
    for (const word of words) expect(help).toContain(word);
  });

  test("npm run soak: the options of the document are those of the command", async () => {
    const help = await runShell("npm run -s soak -- --help");
    const commands = (await commandsOf("docs/operations.md", "npm run -s soak")).join("\n");
    for (const [option] of commands.matchAll(/--[a-z]+/g)) expect(help).toContain(option);
  });

  test("meridian check-config, with the example", async () => {
    const example = await readFile(join(workspaceRoot, "examples/meridian.yaml"), "utf8");
    const names = [...example.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = ""]) => name);
    const keys = Object.fromEntries(names.map((name) => [name, "sk-example"]));
    const printed = await runShell("npm run -s meridian -- check-config examples/meridian.yaml", keys);
    expect(printed).toMatch(/^examples\/meridian\.yaml: good, version \w+: 4 models, 6 endpoint\(s\)$/m);
    const missing = Object.fromEntries(names.map((name) => [name, undefined]));
    const refused = runShell("npm run -s meridian -- check-config examples/meridian.yaml", missing);
    await expect(refused).rejects.toThrow(
      /examples\/meridian\.yaml:\d+:\d+ endpoints\[0\]\.credentials\[0\]\.key: .*RELAY_API_KEY_NEW\} is not set/,
    );
  });
});
