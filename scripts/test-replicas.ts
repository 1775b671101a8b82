// Runs the deployment of deploy/local under load: replicas that are restarted and killed, and a Redis that is away. `--full`: 300
// calls a second and outages of 30 seconds, with the limits of time that the product ships with, on a machine that has nothing
// else to do; what else is given goes to vitest.
import { showCommand } from "./run-command.ts";

const isFull = process.argv.includes("--full");
const others = process.argv.slice(2).filter((argument) => argument !== "--full");
if (isFull) process.env["MERIDIAN_REPLICAS"] = "full";
process.env["NO_COLOR"] = "1";
process.env["MERIDIAN_REQUIRE"] = "haproxy prometheus redis-server";
process.exitCode = showCommand("vitest", ["run", "services/proxy/src/replicas", ...others]);
