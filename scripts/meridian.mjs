// The command line from the root of a clone: installs and builds what is missing or has changed, then runs `meridian`
// with the Node that the workspace brings. `npm start` is `meridian serve`.
//
// Plain JavaScript, because it is run by whatever Node the machine has. Nothing but this process stands between npm and
// the server, so that signals reach it: pnpm does not pass them on.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

build();
run(process.argv.slice(2));

function build() {
  // Standard output belongs to the command that was asked for.
  const stdio = ["ignore", process.argv[2] === "serve" ? "inherit" : "ignore", "inherit"];
  const options = { cwd: root, stdio, env: { ...process.env, npm_config_loglevel: "error" } };
  const { status, error } = spawnSync(
    "npx",
    ["-y", packageManager, "--silent", "run", "build", "--filter=@meridian/proxy"],
    options,
  );
  if (error !== undefined || status !== 0) {
    console.error(`meridian: the workspace could not be installed and built${error ? ` (${error.message})` : ""}`);
    process.exit(status ?? 1);
  }
}

function run(args) {
  const bundled = `${root}node_modules/.bin/node`;
  // Only for platforms that the workspace brings no Node for.
  const node = existsSync(bundled) ? bundled : process.execPath;
  // npm changes to the root; the files that a person names are where the person is.
  const cwd = process.env["INIT_CWD"] ?? process.cwd();
  // A young generation of 3 x 8 MB: Node's own of 3 x 16 stops every call for 20 to 40 ms at a time under load.
  const nodeOptions = JSON.parse(readFileSync(`${root}services/proxy/node-options.json`, "utf8"));
  const command = [...nodeOptions, `${root}services/proxy/dist/main.js`, ...args];
  const server = spawn(node, command, { cwd, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => server.kill(signal));
  server.on("error", (error) => {
    console.error(`meridian: ${error.message}`);
    process.exit(1);
  });
  server.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}
