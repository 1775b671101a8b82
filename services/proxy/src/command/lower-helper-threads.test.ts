import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const program = `
import { readdirSync, readFileSync } from "node:fs";
import { lowerHelperThreads } from ${JSON.stringify(new URL("../../dist/command/lower-helper-threads.js", import.meta.url))};
lowerHelperThreads();
const threads = readdirSync("/proc/self/task").map((thread) => {
  const stat = readFileSync("/proc/self/task/" + thread + "/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { name: stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")), isMain: Number(thread) === process.pid, nice: Number(fields[16]) };
});
console.log(JSON.stringify(threads));
`;

test.skipIf(process.platform !== "linux")("V8's helper threads are nicer than all others, and no others are", () => {
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  const threads: { name: string; isMain: boolean; nice: number }[] = JSON.parse(stdout);
  const own = threads.find(({ isMain }) => isMain)?.nice ?? 0;
  const helpers = threads.filter(({ name }) => name === "V8Worker");
  expect(helpers.length).toBeGreaterThan(0);
  expect(helpers.every(({ nice }) => nice === Math.min(19, own + 5))).toBe(true);
  expect(threads.filter(({ name }) => name !== "V8Worker").every(({ nice }) => nice === own)).toBe(true);
});
