import { Stop, StopCrowd } from "@meridian/core";
import { expect, test } from "vitest";

function crowd() {
  const stop = new Stop();
  const told: string[] = [];
  const members = new StopCrowd(stop);
  const join = (name: string) => members.join(() => told.push(name));
  return { stop, told, members, join };
}

test("tells those who are there, in order, once", () => {
  const { stop, told, members, join } = crowd();
  for (const name of ["a", "b", "c"]) join(name);
  expect(members.size).toBe(3);
  stop.abort("over");
  expect(told).toEqual(["a", "b", "c"]);
  expect(members.size).toBe(0);
});

test("tells nobody who has left, wherever it stood, and takes a second leave for none", () => {
  const { stop, told, members, join } = crowd();
  const [first, , middle, , last] = ["a", "b", "c", "d", "e"].map(join);
  for (const leave of [middle, first, last, middle]) leave?.();
  join("f");
  expect(members.size).toBe(3);
  stop.abort("over");
  expect(told).toEqual(["b", "d", "f"]);
});

test("does not tell one whom another takes out before its turn", () => {
  const { stop, told, members, join } = crowd();
  members.join(() => leave());
  const leave = join("gone");
  join("stays");
  stop.abort("over");
  expect(told).toEqual(["stays"]);
});

test("tells one who comes too late at once", () => {
  const { stop, told, members, join } = crowd();
  stop.abort("over");
  join("late")();
  expect(told).toEqual(["late"]);
  expect(members.size).toBe(0);
});
