// Runs the fault suite alone. `--full`: with the limits that the product ships with, outages as long as real ones and 10,000
// mixed calls, which takes minutes; what else is given goes to vitest.
import { showCommand } from "./run-command.ts";

const isFull = process.argv.includes("--full");
const others = process.argv.slice(2).filter((argument) => argument !== "--full");
if (isFull) process.env["MERIDIAN_FAULTS"] = "full";
process.env["NO_COLOR"] = "1";
const suite = [
  "services/proxy/src/fault",
  "services/proxy/src/failover",
  "services/proxy/src/resilience",
  "corruption",
  "services/proxy/src/cost-agreement",
];
const slow = isFull ? ["--testTimeout=400000"] : [];
process.exitCode = showCommand("vitest", ["run", ...suite, ...slow, ...others]);
