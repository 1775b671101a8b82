import { expect, test } from "vitest";
import { type CallRecord, type Recorder, recordToAll } from "./recorder.js";
import { callRecordOf } from "./testing/call-record.js";

function tellInTurns() {
  const told: string[] = [];
  const turns: (() => void)[] = [];
  const faults: unknown[] = [];
  const recorderNamed = (name: string): Recorder => ({
    callStarted: (rpc) => told.push(`${name} started ${rpc}`),
    callEnded({ requestId }: CallRecord) {
      if (requestId === "bad") throw new Error(name);
      told.push(`${name} ended ${requestId}`);
    },
  });
  const atEndOfTurn = (callback: () => void) => void turns.push(callback);
  const onFault = (error: unknown) => void faults.push(error);
  const recorder = recordToAll([recorderNamed("one"), recorderNamed("two")], { atEndOfTurn, onFault });
  const endTurn = () => {
    for (const callback of turns.splice(0)) callback();
    return told.splice(0);
  };
  return { recorder, told, faults, endTurn };
}

const ended = (requestId: string) => callRecordOf({ requestId });

test("that a call has begun is told at once, that it has ended at the end of the turn, once for all", () => {
  const { recorder, told, endTurn } = tellInTurns();
  recorder.callStarted("Chat");
  recorder.callEnded(ended("a"));
  recorder.callEnded(ended("b"));
  expect(told.splice(0)).toEqual(["one started Chat", "two started Chat"]);
  expect(endTurn()).toEqual(["one ended a", "one ended b", "two ended a", "two ended b"]);
  expect(endTurn()).toEqual([]);
  recorder.callEnded(ended("c"));
  expect(endTurn()).toEqual(["one ended c", "two ended c"]);
});

test("a process that ends in the middle of a turn tells all, once", () => {
  const { recorder, told, endTurn } = tellInTurns();
  recorder.callEnded(ended("a"));
  recorder.endTurn();
  expect(told.splice(0)).toEqual(["one ended a", "two ended a"]);
  expect(endTurn()).toEqual([]);
});

test("a recorder that throws keeps nothing from the others", () => {
  const { recorder, faults, endTurn } = tellInTurns();
  for (const id of ["a", "bad", "b"]) recorder.callEnded(ended(id));
  expect(endTurn()).toEqual(["one ended a", "one ended b", "two ended a", "two ended b"]);
  expect(faults).toHaveLength(2);
});
