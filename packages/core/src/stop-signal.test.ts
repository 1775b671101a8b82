import { Stop } from "@meridian/core";
import { expect, test } from "vitest";

test("tells its listeners once, in order, after its reason is known", () => {
  const stop = new Stop();
  const told: unknown[] = [];
  stop.addEventListener("abort", () => told.push(["one", stop.reason]));
  stop.addEventListener("abort", () => told.push(["other", stop.aborted]));
  stop.abort("first");
  stop.abort("second");
  expect(told).toEqual([
    ["one", "first"],
    ["other", true],
  ]);
  expect([stop.aborted, stop.reason, stop.listenerCount]).toEqual([true, "first", 0]);
});

test("does not tell who has gone, before it aborts or while it does, and who comes too late", () => {
  const stop = new Stop();
  const told: string[] = [];
  const gone = () => told.push("gone");
  const goes = () => told.push("goes");
  stop.addEventListener("abort", gone);
  stop.removeEventListener("abort", gone);
  stop.addEventListener("abort", () => stop.removeEventListener("abort", goes));
  stop.addEventListener("abort", goes);
  expect(stop.listenerCount).toBe(2);
  stop.abort("over");
  stop.addEventListener("abort", () => told.push("late"));
  expect(told).toEqual([]);
});

test("a listener that is added twice is one, alone or among others", () => {
  const stop = new Stop();
  const told: string[] = [];
  const [one, other] = [() => told.push("one"), () => told.push("other")];
  stop.addEventListener("abort", one);
  stop.addEventListener("abort", one);
  expect(stop.listenerCount).toBe(1);
  stop.addEventListener("abort", other);
  stop.addEventListener("abort", one);
  expect(stop.listenerCount).toBe(2);
  stop.removeEventListener("abort", one);
  expect(stop.listenerCount).toBe(1);
  stop.abort("over");
  expect(told).toEqual(["other"]);
});
