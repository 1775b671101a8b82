// `npm start`: builds what has changed and serves, in this very process, so that signals reach the server and nothing
// stands between.
import { fileURLToPath } from "node:url";
import { runCommand } from "./run-command.ts";

const { exitCode, output } = runCommand("node", [fileURLToPath(new URL("build.ts", import.meta.url))]);
if (exitCode === 0) {
  await import(new URL("../services/proxy/dist/main.js", import.meta.url).href);
} else {
  process.stderr.write(output);
  process.exitCode = exitCode;
}
