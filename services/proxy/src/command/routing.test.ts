import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, expect, test } from "vitest";
import { runRouting } from "../testing/run-routing.js";
import { temporaryFolder } from "../testing/temporary-folder.js";

const rows = [
  { id: "hard", prompt: "Write a python function to find the longest common subsequence.", weak_ok: 0 },
  { id: 7, prompt: "find similar items" },
  { id: "fact", prompt: "who sang the theme song of the first movie" },
  { id: "empty", prompt: "" },
];
const lines = `${rows.map((row) => JSON.stringify(row)).join("\n")}\n\n`;

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function score(...args: readonly string[]): Promise<{ id: string | number; score: number; tier: number }[]> {
  return (await runRouting("score", ...args)).map((line) => JSON.parse(line));
}

test("scores every row of a file, in its order, gzipped or not", async () => {
  const plain = await score("--data", await file("rows.jsonl", lines));
  expect(plain.map(({ id }) => id)).toEqual(["hard", 7, "fact", "empty"]);
  const [hard, , fact] = plain;
  expect(hard?.score).toBeGreaterThan(fact?.score ?? 1);
  expect(hard?.tier).toBeGreaterThan(fact?.tier ?? 2);
  for (const line of plain) expect(Object.keys(line)).toEqual(["id", "score", "tier"]);
  expect(await score("--data", await file("rows.jsonl.gz", gzipSync(lines)))).toEqual(plain);
});

test("scores by the keyword rule, too", async () => {
  const scored = await score("--policy", "keywords", "--data", await file("rows.jsonl", lines));
  expect(scored).toEqual([
    { id: "hard", score: 1, tier: 1 },
    { id: 7, score: 0, tier: 0 },
    { id: "fact", score: 1, tier: 1 },
    { id: "empty", score: 1, tier: 1 },
  ]);
});

test.each([
  ["no JSON", "{", /rows\.jsonl:2: not a JSON object with an id and a prompt/],
  ["no prompt", '{"id":"a"}', /rows\.jsonl:2: not a JSON object/],
  ["a prompt that is no text", '{"id":"a","prompt":1}', /rows\.jsonl:2: not a JSON object/],
])("names the line that has %s", async (_name, line, message) => {
  const path = await file("rows.jsonl", `{"id":1,"prompt":"x"}\n${line}\n`);
  await expect(score("--data", path)).rejects.toThrow(message);
});

test("refuses a file that is not there, one that is cut short, and another policy", async () => {
  await expect(score("--data", join(folder, "none.jsonl"))).rejects.toThrow(/ENOENT/);
  await expect(score("--data", join(folder, "none.jsonl.gz"))).rejects.toThrow(/ENOENT/);
  const cut = await file("cut.jsonl.gz", gzipSync(lines).subarray(0, -12));
  await expect(score("--data", cut)).rejects.toThrow(/unexpected end of file/);
  await expect(score("--policy", "coin", "--data", cut)).rejects.toThrow(/keywords, learned/);
});
