import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { digestOfFile, readDigested } from "./file-digest.js";

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), "meridian-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

function digestRead(path: string): string | undefined {
  const digests = new Map<string, string>();
  try {
    readDigested(path, digests);
  } catch {
    // What it says then is what is asked for.
  }
  return digests.get(path);
}

test("both ways of reading say the same of a file, of its change, and of what cannot be read", async () => {
  const at = directory();
  const file = join(at, "key");
  const said = new Set<string | undefined>();
  const compare = async (path: string) => {
    const digest = digestRead(path);
    expect(await digestOfFile(path)).toBe(digest);
    said.add(digest);
  };
  await compare(file);
  writeFileSync(file, "sk-1");
  await compare(file);
  writeFileSync(file, "sk-2");
  await compare(file);
  writeFileSync(file, "x".repeat(16 * 1024 * 1024 + 1));
  await compare(file);
  await compare(at);
  await compare("/dev/null");
  expect(said.size).toBe(6);
  expect([...said].join()).not.toContain("sk-");
});

test("a symbolic link that is moved, as Kubernetes does, is a change", async () => {
  const at = directory();
  for (const name of ["1", "2"]) writeFileSync(join(at, name), `sk-${name}`);
  const file = join(at, "key");
  symlinkSync("1", file);
  const before = await digestOfFile(file);
  symlinkSync("2", join(at, "moved"));
  renameSync(join(at, "moved"), file);
  expect(await digestOfFile(file)).not.toBe(before);
});
