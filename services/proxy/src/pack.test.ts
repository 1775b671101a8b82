import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { startTestProxy } from "./testing/start-test-proxy.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const workspaceBin = join(root, "node_modules/.bin");

/** What a user of the published package writes. */
const program = (baseUrl: string) => `
import { collect, createInferenceClient, InferenceError, routeHeadersFrom, textOf, user } from "@meridian/inference-client";
import { createInferenceClient as createBrowserClient } from "@meridian/inference-client/browser";

const client = createInferenceClient({ baseUrl: ${JSON.stringify(baseUrl)} });
const chat = { messages: [user("Say hello")] };
let model: string | undefined;
const answer = await client.chat(chat, { onHeader: (headers) => { model = routeHeadersFrom(headers).model; } });
let text = "";
for await (const piece of textOf(client.streamChat(chat))) text += piece;
const collected = await collect(client.streamChat(chat));
const failure = await client.chat(chat, { signal: AbortSignal.abort() }).catch((error: unknown) => error);
client.close();
console.log(JSON.stringify({
  content: answer.choices[0]?.message?.content,
  routed: model !== undefined && model === answer.route?.model,
  text,
  collected: collected.choices[0]?.message?.content,
  reason: failure instanceof InferenceError ? failure.reason : undefined,
  browser: typeof createBrowserClient({ baseUrl: "/" }).streamChat,
}));
`;

const compilerOptions = {
  target: "es2024",
  lib: ["es2024", "dom"],
  module: "nodenext",
  moduleResolution: "nodenext",
  types: [],
  strict: true,
  skipLibCheck: false,
};

test("the packages install and work outside the workspace", { timeout: 120_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), "meridian-pack-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const project = join(directory, "project");
  await mkdir(project);
  const [target, proto, client] = await Promise.all([
    startTestProxy(),
    pack("inference-proto", join(directory, "inference-proto.tgz")),
    pack("inference-client", join(directory, "inference-client.tgz")),
  ]);
  onTestFinished(() => target.stop());

  await writeFile(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  await run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", proto, client], {
    cwd: project,
  });
  for (const name of ["inference-proto", "inference-client"])
    await checkContents(join(project, "node_modules/@meridian", name));

  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
  await writeFile(join(project, "program.ts"), program(target.proxy.url));
  await run(join(workspaceBin, "tsc"), ["-p", "."], { cwd: project });
  const { stdout } = await run(process.execPath, ["program.js"], { cwd: project });

  // A parse boundary: the program above prints an object.
  const printed = JSON.parse(stdout) as Record<string, unknown>;
  expect(printed).toMatchObject({ routed: true, reason: "canceled", browser: "function" });
  expect(printed["content"]).toMatch(/Say hello/);
  expect(printed["text"]).toBe(printed["content"]);
  expect(printed["collected"]).toBe(printed["text"]);
});

/** Packs a package of the workspace as it would be published; pnpm rewrites `workspace:` versions, npm does not. */
async function pack(name: string, file: string): Promise<string> {
  const [command, ...before] = await findPnpm();
  await run(command, [...before, "pack", "--out", file], { cwd: join(root, "packages", name) });
  return file;
}

/** The pnpm that runs this test, or the one that the workspace names where the test runs without it. */
async function findPnpm(): Promise<[command: string, ...argumentsBefore: string[]]> {
  try {
    await run("pnpm", ["--version"]);
    return ["pnpm"];
  } catch {
    const { packageManager }: { packageManager: string } = JSON.parse(
      await readFile(join(root, "package.json"), "utf8"),
    );
    return ["npx", "-y", packageManager];
  }
}

/** The sources stay, for the source maps; nothing that only the workspace needs does. */
async function checkContents(installed: string): Promise<void> {
  const files = await readdir(installed, { recursive: true });
  const under = (folder: string, ending: string) =>
    files.some((file) => file.startsWith(folder) && file.endsWith(ending));
  expect(under("dist/", ".js") && under("dist/", ".d.ts") && under("dist/", ".js.map") && under("src/", ".ts")).toBe(
    true,
  );
  expect(files.filter((file) => /\.test\.|tsbuildinfo|(^|\/)test(\/|$)/.test(file))).toEqual([]);
  expect(await readFile(join(installed, "package.json"), "utf8")).not.toContain("workspace:");
}
