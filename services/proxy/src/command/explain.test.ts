import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useTestProxy } from "../testing/use-test-proxy.js";
import { addExplainCommand } from "./explain.js";

const yaml = "routing: { canary: { percentage: 100, models: { gpt-4.1: claude-sonnet-4.5 } } }\n";
const target = useTestProxy({ yaml });

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "meridian-explain-"));
  await writeFile(join(directory, "meridian.yaml"), yaml);
});
afterAll(() => rm(directory, { recursive: true }));

/** Runs the command in this process, and gives what it prints. */
async function explain(...args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const world = {
    environment: { MERIDIAN_URL: target().proxy.url, BROKEN_KEY: "mk_secret\nmore", OTHER_KEY: "mk_secret\u2603" },
    print: (line: string) => printed.push(line),
    complain() {},
    timeOfDayMs: () => 0,
  };
  const program = new Command();
  addExplainCommand(
    program,
    world,
    (_look, text) => text,
    async () => "compare, please",
  );
  await program.parseAsync(["explain", ...args], { from: "user" });
  return printed.join("\n");
}

test("asks a running Meridian and draws its answer", async () => {
  const stdout = await explain("--country", "id", "--user", "u-7", "Explain this tag");
  const lines = stdout.split("\n");
  expect(lines[0]).toBe("claude-sonnet-4.5 at relay");
  expect(lines).toContain("├─ country   ID  from cf-ipcountry");
  expect(lines).toContain("├─ tier      high");
  expect(lines).toContain("│  ├─ high word: explain");
  expect(stdout).toMatch(/^├─ canary {4}canary {2}bucket \d+ of 10,000$/m);
  expect(stdout).toMatch(/^│ {2}├─ 1\. claude-sonnet-4\.5 at relay$/m);
  expect(stdout).toMatch(/breaker closed, .*, at most 0\.003840000 USD, key primary$/m);
  expect(stdout).toMatch(/^└─ config {4}[0-9a-f]{12}$/m);
});

test("plans by a file as the running one does, and gives its answer as JSON", async () => {
  const question = ["--json", "--country", "VN", "--user", "u-7", "Find a similar category"];
  const file = join(directory, "meridian.yaml");
  const asked = JSON.parse(await explain(...question));
  const planned = JSON.parse(await explain("--config", file, ...question));
  expect(asked).toMatchObject({ country: "VN", tier: "low" });
  for (const field of ["tier", "signals", "reasons", "canary_bucket", "cohort", "temperature", "max_tokens"])
    expect(planned[field]).toEqual(asked[field]);
  const modelsOf = (plan: { candidates: { model: string }[] }) => plan.candidates.map(({ model }) => model);
  expect(modelsOf(planned)).toEqual(modelsOf(asked));
});

test("reads the prompt", async () => {
  expect(await explain("-")).toContain("high word: compare");
});

test.each([
  ["a model that nobody has", ["--model", "nope", "hi"], /nope/],
  ["a country that is none", ["--country", "Indonesia", "hi"], /^--country takes two letters/],
  ["a tier that is none", ["--tier", "best", "hi"], /^--tier takes low, medium or high/],
  ["nobody there", ["--url", "http://127.0.0.1:1", "hi"], /^nobody listens on http:\/\/127\.0\.0\.1:1/],
  ["a key of two lines", ["--api-key-env", "BROKEN_KEY", "hi"], /^BROKEN_KEY holds no key or token: [a-zA-Z, ]+$/],
  ["a key with a snowman", ["--api-key-env", "OTHER_KEY", "hi"], /^OTHER_KEY holds no key or token: [a-zA-Z, ]+$/],
  ["no model by that name in the file", ["--config", "FILE", "--model", "nope", "hi"], /^unknown_model: .*"nope"$/],
])("%s is refused in plain words", async (_name, args, message) => {
  const onFile = args.map((each) => (each === "FILE" ? join(directory, "meridian.yaml") : each));
  await expect(explain(...onFile)).rejects.toThrow(message);
});
