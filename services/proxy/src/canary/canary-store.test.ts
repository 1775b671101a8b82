import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CanaryController, type CanaryState } from "@meridian/routing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileTestConfig } from "../testing/start-test-proxy.js";
import { createFileCanaryStore } from "./canary-store.js";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "meridian-canary-"));
});
afterAll(() => rm(directory, { recursive: true }));

function stateAt(percentage: number): CanaryState {
  const yaml = `routing: {canary: {percentage: ${percentage}, rollout: {}}}`;
  const { canary } = compileTestConfig(yaml, {
    RELAY_BASE_URL: "http://r.example/v1",
    RELAY_API_KEY: "sk-test",
  }).routing;
  return new CanaryController(canary, undefined, 1_000).state;
}

test("has nothing at first, then what was saved last, in one file", async () => {
  const folder = await mkdtemp(join(directory, "one-"));
  const store = createFileCanaryStore(join(folder, "canary.json"));
  expect(await store.load()).toBeUndefined();
  await store.save(stateAt(10));
  await store.save(stateAt(20));
  expect(await store.load()).toEqual(stateAt(20));
  expect(await readdir(folder)).toEqual(["canary.json"]);
});

test.each([
  ["cut off", (text: string) => text.slice(0, 50)],
  ["of another form", (text: string) => text.replace('"running"', '"walking"')],
  ["of another version", (text: string) => text.replace('"step"', '"stage"')],
])("refuses a file that is %s", async (_name, change) => {
  const path = join(directory, "broken.json");
  await writeFile(path, change(JSON.stringify(stateAt(10))));
  await expect(createFileCanaryStore(path).load()).rejects.toThrow(
    /broken\.json is not the state of a canary; remove it/,
  );
});

test("tells where it cannot save", async () => {
  const store = createFileCanaryStore(join(directory, "no-such-folder", "canary.json"));
  await expect(store.save(stateAt(10))).rejects.toThrow("ENOENT");
});
