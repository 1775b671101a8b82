import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createLabel, formatWeights, parseWeights, promptFingerprint } from "@meridian/routing";
import { beforeEach, describe, expect, test } from "vitest";
import { runRouting } from "../testing/run-routing.js";
import { temporaryFolder } from "../testing/temporary-folder.js";

// What no prior knows: whatever has to do with a zorvex is hard. One label in ten says the contrary.
const rows = Array.from({ length: 60 }, (_, index) => {
  const isHard = index % 2 === 0;
  const prompt = `Tell the ${isHard ? "zorvex" : "flimmer"} about the ${"abcdefghij"[index % 10]}${index} of the day.`;
  return { prompt, weak_ok: isHard === index % 20 < 18 ? 0 : 1, strong_ok: true };
});
const linesOf = (all: readonly object[]) => `${all.map((row) => JSON.stringify(row)).join("\n")}\n`;

let folder: string;
let output: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  output = join(folder, "support.json");
});

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const fit = (labels: string, ...args: readonly string[]) => runRouting("fit", labels, "--output", output, ...args);

test("writes named weights that score, reports what was won, and writes the same ones again", async () => {
  const labels = await file("labels.ndjson.gz", gzipSync(linesOf(rows)));
  const printed = await fit(labels, "--name", "support");
  expect(printed[0]).toMatch(/^60 labels/);
  expect(printed[3]).toMatch(/change +\+0\.\d{3} ± 0\.\d{3}$/);
  const written = await readFile(output, "utf8");
  const { name, base, model } = parseWeights(written);
  expect([name, base]).toEqual(["support", "learned-2"]);
  expect(model.version).toMatch(/^support-[0-9a-f]{8}$/);
  expect(printed[2]).toContain(model.version);

  const data = await file("data.jsonl", linesOf(["zorvex", "flimmer"].map((prompt, id) => ({ id, prompt }))));
  const scored = await runRouting("score", "--data", data, "--weights", output);
  const [hard, easy] = scored.map((line): { score: number; tier: number } => JSON.parse(line));
  expect(hard?.score).toBeGreaterThan(easy?.score ?? 1);

  await fit(labels, "--name", "support");
  expect(await readFile(output, "utf8")).toBe(written);
});

test("keeps better weights that are there, unless it is forced", async () => {
  const labels = await file("labels.ndjson", linesOf(rows));
  await fit(labels);
  const fitted = await readFile(output, "utf8");
  const oracle = rows.map(
    ({ prompt, weak_ok }) => [promptFingerprint(createLabel(prompt, 0, 0)), 1 - weak_ok] as const,
  );
  const better = formatWeights({ ...parseWeights(fitted), heldOutScores: Object.fromEntries(oracle) });
  await writeFile(output, better);
  await expect(fit(labels)).rejects.toThrow(/not written: own-[0-9a-f]{8}, which is there, orders the labels better/);
  expect(await readFile(output, "utf8")).toBe(better);
  await fit(labels, "--force");
  expect(await readFile(output, "utf8")).toBe(fitted);
});

test("writes nothing that is no better than what is shipped, nor over a file that holds no weights", async () => {
  const same = linesOf(rows.map((row) => ({ ...row, prompt: "What now?" })));
  await expect(fit(await file("same.ndjson", same))).rejects.toThrow(/no better than the shipped learned-2/);
  await expect(readFile(output)).rejects.toThrow(/ENOENT/);
  await writeFile(output, same);
  await expect(fit(await file("labels.ndjson", linesOf(rows)))).rejects.toThrow(/support\.json: it is not JSON/);
  expect(await readFile(output, "utf8")).toBe(same);
});

describe("labels", () => {
  test.each([
    ["no JSON", "{", /:2: not a JSON object/],
    ["no object", "7", /:2: not a JSON object/],
    ["no prompt", '{"weak_ok":0,"strong_ok":1}', /:2: prompt is not a text/],
    ["no outcome", '{"prompt":"a","weak_ok":0}', /:2: strong_ok is not a number from 0 to 1, true or false/],
    ["an outcome above 1", '{"prompt":"a","weak_ok":2,"strong_ok":1}', /:2: weak_ok is not a number from 0 to 1/],
  ])("with %s name the line and the field", async (_name, line, message) => {
    await expect(fit(await file("bad.ndjson", `${JSON.stringify(rows[0])}\n${line}\n`))).rejects.toThrow(message);
  });

  test("that are too few or have no gap are refused, and so is a seed that is no number", async () => {
    await expect(fit(await file("few.ndjson", linesOf(rows.slice(0, 49))))).rejects.toThrow(/49 labels are too few/);
    const equal = await file("equal.ndjson", linesOf(rows.map((row) => ({ ...row, weak_ok: 1 }))));
    await expect(fit(equal)).rejects.toThrow(/the expensive model is no better/);
    await expect(fit(equal, "--seed", "x")).rejects.toThrow(/whole number/);
  });
});
