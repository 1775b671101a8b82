import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLineFile } from "./line-file.js";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "meridian-lines-"));
});
afterAll(() => rm(directory, { recursive: true }));

/** A file of lines, and what it has complained of. */
function open(name: string, maxBytes: number, now = () => 0) {
  const complaints: object[] = [];
  const logger = { error: (fields: object) => void complaints.push(fields) };
  const file = join(directory, name);
  return { file, complaints, lines: openLineFile({ file, maxBytes, logger, now }) };
}

const linesOf = async (file: string) => (await readFile(file, "utf8")).split("\n").slice(0, -1);

test("keeps every line in order, over a restart, for its owner alone", async () => {
  const first = open("kept", 1_000_000);
  for (let line = 0; line < 1_000; line += 1) first.lines.append(`first ${line}`);
  await first.lines.close();
  const second = open("kept", 1_000_000);
  second.lines.append("second");
  await second.lines.close();
  const lines = await linesOf(first.file);
  expect(lines).toHaveLength(1_001);
  expect(lines.slice(0, 1_000)).toEqual(Array.from({ length: 1_000 }, (_, line) => `first ${line}`));
  expect(lines.at(-1)).toBe("second");
  expect((await stat(first.file)).mode & 0o777).toBe(0o600);
});

test("keeps one file before the running one", async () => {
  const { file, lines, complaints } = open("rotated", 100);
  for (let line = 0; line < 25; line += 1) {
    lines.append(`a line of 20 b. ${String(line).padStart(3, "0")}`);
    // Files are opened between turns.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await lines.close();
  expect((await readdir(directory)).filter((name) => name.startsWith("rotated"))).toEqual(["rotated", "rotated.1"]);
  const kept = [...(await linesOf(`${file}.1`)), ...(await linesOf(file))];
  expect(kept.length).toBeGreaterThan(5);
  expect(kept.at(-1)).toBe("a line of 20 b. 024");
  expect((await stat(`${file}.1`)).size).toBeLessThanOrEqual(120);
  expect(complaints).toEqual([]);
});

test("processes that share a file lose no line where each has it renamed in its turn", async () => {
  const [one, other] = [open("shared", 2_500), open("shared", 2_500)];
  for (let line = 0; line < 101; line += 1) {
    for (const { lines } of [one, other]) {
      lines.append(`a line of 20 b. ${String(line).padStart(3, "0")}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  await Promise.all([one.lines.close(), other.lines.close()]);
  const kept = [...(await linesOf(`${one.file}.1`)), ...(await linesOf(one.file))];
  expect(kept).toHaveLength(202);
  expect([...one.complaints, ...other.complaints]).toEqual([]);
});

test("loses lines, and says so once a minute, where more wait than may", async () => {
  let nowMs = 0;
  const { lines, complaints } = open("flooded", 1_000_000_000, () => nowMs);
  const megabyte = "x".repeat(1024 * 1024);
  for (let line = 0; line < 20; line += 1) lines.append(megabyte);
  expect(complaints).toMatchObject([{ lostLines: 1 }]);
  nowMs += 60_000;
  lines.append(megabyte);
  expect(complaints).toHaveLength(2);
  await lines.close();
});

test("is closed while it is renamed", async () => {
  const { file, lines } = open("closed", 10);
  // Until it is open.
  await new Promise((resolve) => setTimeout(resolve, 20));
  lines.append("first of 10");
  lines.append("second");
  await lines.close();
  expect([...(await linesOf(`${file}.1`)), ...(await linesOf(file))]).toEqual(["first of 10", "second"]);
});

test("keeps the file before it while the disk is full", async () => {
  const file = join(directory, "full");
  await symlink("/dev/full", file);
  await writeFile(`${file}.1`, "precious\n");
  const { lines, complaints } = open("full", 100);
  for (let line = 0; line < 10; line += 1) {
    lines.append("x".repeat(60));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await lines.close();
  expect(await linesOf(`${file}.1`)).toEqual(["precious"]);
  expect(complaints).toHaveLength(1);
});

test("goes on at the next renaming after somebody took the file away", async () => {
  const { file, lines } = open("taken", 100);
  const append = async (line: string) => {
    lines.append(line.padEnd(60));
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await append("before");
  await mkdir(join(directory, "elsewhere"));
  await rename(file, join(directory, "elsewhere", "taken"));
  for (let line = 0; line < 4; line += 1) await append(`after ${line}`);
  await lines.close();
  expect((await linesOf(file)).at(-1)?.trim()).toBe("after 3");
});

test("is renamed by one of those that write it, as workers do", async () => {
  const writers = [open("shared", 1_000), open("shared", 1_000)];
  for (let line = 0; line < 150; line += 1) {
    writers[line % 2]?.lines.append(String(line).padEnd(59));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(writers.map(({ lines }) => lines.close()));
  const file = join(directory, "shared");
  expect((await stat(`${file}.1`)).size).toBeGreaterThanOrEqual(1_000);
  expect((await stat(`${file}.1`)).size).toBeLessThan(1_500);
  expect((await stat(file)).size).toBeLessThan(1_500);
  expect(writers.flatMap(({ complaints }) => complaints)).toEqual([]);
});

test("cannot be opened where there is no directory", () => {
  expect(() => open("missing/file", 100)).toThrow("ENOENT");
});
