import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { watchFiles } from "./watch-files.js";

/** Watches a table of files; a reload reads all of them. */
function start(disk: Map<string, string>) {
  const clock = createFakeClock();
  let read = new Map(disk);
  const reloads: number[] = [];
  const reload = () => {
    reloads.push(clock.now());
    read = new Map([...read.keys()].map((path) => [path, disk.get(path) ?? "error ENOENT"]));
  };
  const stop = watchFiles({
    files: () => read,
    digestOfFile: async (path) => disk.get(path) ?? "error ENOENT",
    onChange: reload,
    clock,
    random: () => 0.5,
  });
  return { clock, reloads, reload, stop };
}

test("files that stay as they are reload nothing", async () => {
  const { clock, reloads, stop } = start(new Map([["a", "1"]]));
  await clock.advance(600_000);
  expect(reloads).toEqual([]);
  stop();
  expect(clock.pendingTimers).toBe(0);
});

test.each([
  ["changes", (disk: Map<string, string>) => disk.set("b", "2")],
  ["goes", (disk: Map<string, string>) => disk.delete("b")],
])("a file that %s is read within seconds, once", async (_how, change) => {
  const disk = new Map([
    ["a", "1"],
    ["b", "1"],
  ]);
  const { clock, reloads, stop } = start(disk);
  await clock.advance(10_000);
  change(disk);
  await clock.advance(2_700);
  expect(reloads).toHaveLength(1);
  await clock.advance(60_000);
  // One that is away is still wanted by the configuration that was refused, and read when it is back.
  disk.set("b", "3");
  await clock.advance(2_700);
  expect(reloads).toHaveLength(2);
  stop();
});

test("a file that is being written is left alone until it comes to rest, and for 5 s at most", async () => {
  const disk = new Map([["a", "0"]]);
  const { clock, reloads, stop } = start(disk);
  const write = async (forMs: number) => {
    for (let ms = 0; ms < forMs; ms += 100) {
      disk.set("a", String(clock.now()));
      await clock.advance(100);
    }
  };
  await write(4_000);
  expect(reloads).toEqual([]);
  await clock.advance(400);
  expect(reloads).toHaveLength(1);
  await write(8_000);
  expect(reloads).toHaveLength(2);
  stop();
});

test("what a reload by signal has read is not read again", async () => {
  const disk = new Map([["a", "1"]]);
  const { clock, reloads, reload, stop } = start(disk);
  await clock.advance(2_900);
  disk.set("a", "2");
  // The watch has seen it and waits for it to come to rest.
  await clock.advance(150);
  reload();
  await clock.advance(60_000);
  expect(reloads).toHaveLength(1);
  stop();
});

test("nothing is told after the end, though a look was under way", async () => {
  const clock = createFakeClock();
  const answers: ((digest: string) => void)[] = [];
  let changes = 0;
  const stop = watchFiles({
    files: () => new Map([["a", "1"]]),
    digestOfFile: () => new Promise((resolve) => answers.push(resolve)),
    onChange: () => {
      changes += 1;
    },
    clock,
    random: () => 0,
  });
  await clock.advance(0);
  stop();
  for (const answer of answers) answer("2");
  await clock.advance(60_000);
  expect([answers.length, changes, clock.pendingTimers]).toEqual([1, 0, 0]);
});
