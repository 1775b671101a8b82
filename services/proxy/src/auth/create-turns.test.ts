import { expect, test } from "vitest";
import { createTurns } from "./create-turns.js";

/** Work that ends when it is told to. */
function pendingWork() {
  const begun: string[] = [];
  const endings = new Map<string, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve, reject) => endings.set(name, { resolve, reject }));
  };
  return { begun, endings, work };
}

test("so many run, so many wait in their order, and the rest are refused", async () => {
  const { begun, endings, work } = pendingWork();
  const turns = createTurns({ maxRunning: 2, maxWaiting: 2 });
  const taken = ["a", "b", "c", "d"].map((name) => turns.take(work(name)));
  expect(begun).toEqual(["a", "b"]);
  expect(turns.take(work("e"))).toBeUndefined();
  endings.get("b")?.resolve("B");
  expect(await taken[1]).toBe("B");
  expect(begun).toEqual(["a", "b", "c"]);
  const late = turns.take(work("f"));
  endings.get("a")?.resolve("A");
  endings.get("c")?.resolve("C");
  await taken[2];
  expect(begun).toEqual(["a", "b", "c", "d", "f"]);
  endings.get("d")?.resolve("D");
  endings.get("f")?.resolve("F");
  expect(await Promise.all([...taken, late])).toEqual(["A", "B", "C", "D", "F"]);
});

test("work that fails makes room too", async () => {
  const { begun, endings, work } = pendingWork();
  const turns = createTurns({ maxRunning: 1, maxWaiting: 1 });
  const [failing, next] = [turns.take(work("a")), turns.take(work("b"))];
  endings.get("a")?.reject(new Error("broken"));
  await expect(failing).rejects.toThrow("broken");
  expect(begun).toEqual(["a", "b"]);
  endings.get("b")?.resolve("B");
  expect(await next).toBe("B");
});

test("a work that throws at once is a rejection", async () => {
  const turns = createTurns({ maxRunning: 1, maxWaiting: 0 });
  const thrower = () => {
    throw new Error("broken");
  };
  await expect(turns.take(thrower)).rejects.toThrow("broken");
  expect(await turns.take(async () => "next")).toBe("next");
});
