import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
  }
});

async function run(...options: readonly string[]) {
  const child = spawn(process.execPath, [main, "--port", "0", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ready = String((await lines.next()).value);
  const command = String((await lines.next()).value);
  return { child, ready, command, baseUrl: /http\S+/.exec(ready)?.[0] ?? "" };
}

test.each(["SIGINT", "SIGTERM"] as const)("ready line, a curl that works, and a clean stop on %s", async (signal) => {
  const { child, ready, command, baseUrl } = await run("--key", "k1", "--model", "m");
  expect(ready).toMatch(/^relay simulator ready on http:\/\/127\.0\.0\.1:\d+\/v1$/);
  expect(command).toContain(`curl -s ${baseUrl}/chat/completions`);
  const [, authorization, body] = /-H 'authorization: (.+?)'.* -d '(.+)'$/.exec(command) ?? [];
  const answer = await fetch(`${baseUrl}/chat/completions`, {
    method: "POST",
    headers: { authorization: authorization ?? "" },
    body: body ?? "",
  });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain("This is a simulated answer of m.");
  const silent = fetch(`${baseUrl}/chat/completions`, {
    method: "POST",
    headers: { authorization: authorization ?? "", "x-simulate-fault": "silent" },
    body: body ?? "",
  }).catch(() => "broken");
  child.kill(signal);
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(await silent).toBe("broken");
});

test("faults from a file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "faults-"));
  try {
    const file = join(folder, "faults.json");
    await writeFile(file, '{"faults":[{"fault":"status-503;retry-after=1","endpoint":"models"}]}');
    const { baseUrl } = await run("--faults", file);
    const answer = await fetch(`${baseUrl}/models`, { headers: { authorization: "Bearer any" } });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
    await writeFile(file, '["bang"]');
    const failed = promisify(execFile)(process.execPath, [main, "--faults", file]);
    await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('unknown fault "bang"') });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("--help names the options", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [main, "--help"]);
  for (const option of ["--port", "--host", "--seed", "--faults", "--key"]) {
    expect(stdout).toContain(option);
  }
});

test("a bad number is refused", async () => {
  const failed = promisify(execFile)(process.execPath, [main, "--port", "x"]);
  await expect(failed).rejects.toMatchObject({ stderr: expect.stringContaining("It must be an integer") });
});
