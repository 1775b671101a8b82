import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

// Workers share one standard error.

const builtLog = join(import.meta.dirname, "../dist/log.js");
const linesEach = 1_000;
const writer = `
  const { createLogger, standardError } = await import(${JSON.stringify(builtLog)});
  const logger = createLogger("info", standardError(true));
  for (let line = 0; line < ${linesEach}; line += 1) logger.info({ words: "x".repeat(550) }, "call");`;

test("processes that share a pipe do not write into each other's lines, however late it is read", async () => {
  const node = `"${process.execPath}" --input-type=module --eval '${writer}'`;
  // A pipe of the shell's: Node's own are sockets.
  const script = `( ${node} & ${node} & ${node} & wait ) 2>&1 | ( sleep 1; cat )`;
  const { stdout } = await promisify(execFile)("sh", ["-c", script], { maxBuffer: 100_000_000 });
  const lines = stdout.trimEnd().split("\n");
  const broken = lines.filter((line) => !/^\{[^{}]*\}$/.test(line));
  expect(broken.map((line) => line.slice(0, 100))).toEqual([]);
  expect(lines).toHaveLength(3 * linesEach);
});

test("a process that says nothing writes nothing: one line is one write", async () => {
  const counter = `
    const fs = (await import("node:fs")).default;
    const { write } = fs;
    let writes = 0;
    fs.write = (...arguments_) => { writes += 1; return write(...arguments_); };
    const { createLogger, standardError } = await import(${JSON.stringify(builtLog)});
    createLogger("info", standardError()).info("up");
    setTimeout(() => console.log(writes), 700);`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", counter]);
  expect([stdout.trim(), JSON.parse(stderr).msg]).toEqual(["1", "up"]);
});
