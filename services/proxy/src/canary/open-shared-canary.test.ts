import type { CanaryPolicy } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { createLogger } from "@meridian/telemetry";
import { expect, test } from "vitest";
import { answeredCall } from "../testing/canary-calls.js";
import { compileTestConfig } from "../testing/start-test-proxy.js";
import type { CanaryBoard } from "./canary-board.js";
import { createMemoryCanaryBoards } from "./memory-canary-boards.js";
import { openSharedCanary } from "./open-shared-canary.js";

const { canary: policy } = compileTestConfig("routing: {canary: {percentage: 10, rollout: {}}}", {
  RELAY_BASE_URL: "http://relay.example/v1",
  RELAY_API_KEY: "sk-test",
}).routing;

/** Boards that can be taken away, and can lose what they had. */
function createBoards(now: () => number) {
  let boards = createMemoryCanaryBoards(undefined, () => {}, now);
  const kept = {
    isAway: false,
    /** A replica that does not reach them. */
    lonely: "",
    lose() {
      boards = createMemoryCanaryBoards(undefined, () => {}, now);
    },
  };
  const reach = (replica: string) => {
    if (kept.isAway || kept.lonely === replica) throw new Error("no answer");
    return boards;
  };
  const boardOf = (canary: CanaryPolicy, replica: string): CanaryBoard => ({
    sync: async (seen) => reach(replica).boardOf(canary, replica).sync(seen),
    replace: async (version, state) => reach(replica).boardOf(canary, replica).replace(version, state),
    leave: async () => reach(replica).boardOf(canary, replica).leave(),
  });
  return { kept, boardOf };
}

function world() {
  const clock = createFakeClock();
  const { kept, boardOf } = createBoards(clock.now);
  const log: Record<string, unknown>[] = [];
  const openReplica = async (name: string, configured = policy, behindMs = 0) => {
    const decisions: string[] = [];
    const canary = await openSharedCanary(configured, {
      boardOf: (canary) => boardOf(canary, name),
      clock,
      timeOfDayMs: () => clock.now() - behindMs,
      isChecked: () => true,
      logger: createLogger("info", { write: (line) => log.push({ replica: name, ...JSON.parse(line) }) }),
      onDecision: ({ kind }) => decisions.push(kind),
    });
    return { canary, decisions };
  };
  return { clock, kept, log, openReplica };
}

/** Until every replica has asked the board, and what it led to is done. */
const synced = 501;

const failedOnCanary = {
  ...answeredCall,
  plan: answeredCall.plan && { ...answeredCall.plan, cohort: "canary" as const },
  attempts: answeredCall.attempts.map((attempt) => ({ ...attempt, outcome: "overloaded" as const })),
};

/** Calls of both sides, of which all of the canary's fail. */
function sendBad(canary: Awaited<ReturnType<typeof openSharedCanary>>, calls: number) {
  for (let index = 0; index < calls; index += 1) {
    canary.recorder.callEnded(answeredCall);
    canary.recorder.callEnded(failedOnCanary);
  }
}

test("a change at one replica counts at all of them, at the same time where it is a raise", async () => {
  const { clock, openReplica } = world();
  const [one, other] = [await openReplica("one"), await openReplica("other")];
  await one.canary.set(25, "more");
  expect([one, other].map(({ canary }) => canary.percentage())).toEqual([10, 10]);
  await clock.advance(synced);
  expect(other.canary.status()).toMatchObject({ percentage: 25, reason: "more" });
  expect([one, other].map(({ canary }) => canary.percentage())).toEqual([10, 10]);
  await clock.advance(1_499 - synced);
  expect([one, other].map(({ canary }) => canary.percentage())).toEqual([10, 10]);
  await clock.advance(1);
  expect([one, other].map(({ canary }) => canary.percentage())).toEqual([25, 25]);
  await other.canary.abort("wrong");
  expect(other.canary.percentage()).toBe(0);
  await clock.advance(synced);
  expect(one.canary.percentage()).toBe(0);
  expect([one.decisions, other.decisions]).toEqual([["set"], ["abort"]]);
  await one.canary.close();
  await other.canary.close();
  expect(clock.pendingTimers).toBe(0);
});

test("what each replica has too few calls to tell, all together tell: one judges, all follow", async () => {
  const { clock, openReplica } = world();
  const replicas = [await openReplica("one"), await openReplica("two"), await openReplica("three")];
  for (const { canary } of replicas) sendBad(canary, 40);
  await clock.advance(2 * synced);
  expect(replicas.map(({ canary }) => canary.status().phase)).toEqual(["aborted", "aborted", "aborted"]);
  expect(replicas.map(({ decisions }) => decisions)).toEqual([["abort"], [], []]);
  expect(replicas[2]?.canary.status().reason).toMatch(/% of \d+ calls of the canary failed/);
  await Promise.all(replicas.map(({ canary }) => canary.close()));
});

test("a replica that starts goes on with what is shared, until its configuration is another", async () => {
  const { clock, openReplica } = world();
  const one = await openReplica("one");
  await one.canary.set(40, "more");
  await clock.advance(3 * synced);
  const same = await openReplica("same");
  expect(same.canary.percentage()).toBe(40);
  const changed = await openReplica("changed", { ...policy, percentage: 60 });
  await clock.advance(4 * synced);
  expect([one, same, changed].map(({ canary }) => canary.percentage())).toEqual([60, 60, 60]);
  // Whoever has the old configuration still follows, and does not begin it anew.
  await clock.advance(10 * synced);
  expect(changed.decisions).toEqual(["begin"]);
  expect([...one.decisions, ...same.decisions]).toEqual(["set"]);
  same.canary.reconfigure({ ...policy, percentage: 70 });
  await clock.advance(5 * synced);
  expect(one.canary.percentage()).toBe(70);
  await Promise.all([one, same, changed].map(({ canary }) => canary.close()));
});

test("out of reach the percentage stays, a bad canary is aborted by what is seen here, and all learn of it later", async () => {
  const { clock, kept, log, openReplica } = world();
  const [one, other] = [await openReplica("one"), await openReplica("other")];
  kept.isAway = true;
  await clock.advance(2 * synced);
  sendBad(one.canary, 200);
  expect([one, other].map(({ canary }) => canary.percentage())).toEqual([0, 10]);
  kept.isAway = false;
  await clock.advance(3 * synced);
  expect(other.canary.status()).toMatchObject({ phase: "aborted", percentage: 0 });
  expect([one.decisions, other.decisions]).toEqual([["abort"], []]);
  const away = log.filter(({ msg }) => String(msg).startsWith("the canary's board is out of reach"));
  expect(away.map(({ replica, problem }) => [replica, problem])).toEqual([
    ["one", "no answer"],
    ["other", "no answer"],
  ]);
  await Promise.all([one, other].map(({ canary }) => canary.close()));
});

test("an operator's change out of reach holds here, is said to be here only, and reaches the others later", async () => {
  const { clock, kept, openReplica } = world();
  const [one, other] = [await openReplica("one"), await openReplica("other")];
  kept.isAway = true;
  await expect(one.canary.set(5, "less")).rejects.toThrow("not yet on the other replicas");
  expect([one, other].map(({ canary }) => canary.percentage())).toEqual([5, 10]);
  kept.isAway = false;
  await clock.advance(3 * synced);
  expect([one, other].map(({ canary }) => canary.percentage())).toEqual([5, 5]);
  await Promise.all([one, other].map(({ canary }) => canary.close()));
});

test("a board that forgets is told what the replicas know", async () => {
  const { clock, kept, openReplica } = world();
  const one = await openReplica("one");
  await one.canary.abort("wrong");
  kept.lose();
  await clock.advance(synced);
  expect((await openReplica("late")).canary.status()).toMatchObject({ phase: "aborted", reason: "wrong" });
});

test("nobody has the canary at a start that cannot ask whether it was aborted", async () => {
  const { clock, kept, openReplica } = world();
  const one = await openReplica("one");
  kept.isAway = true;
  const late = await openReplica("late");
  expect(late.canary.percentage()).toBe(0);
  kept.isAway = false;
  await clock.advance(2 * synced);
  expect([one, late].map(({ canary }) => canary.percentage())).toEqual([10, 10]);
  expect(late.decisions).toEqual([]);
});

test("what one replica decided alone does not undo what was decided later for all, but an abort stays one", async () => {
  const { clock, kept, openReplica } = world();
  const [one, other] = [await openReplica("one"), await openReplica("other")];
  kept.lonely = "one";
  await expect(one.canary.set(50, "more")).rejects.toThrow("not yet on the other replicas");
  await clock.advance(1_000);
  await other.canary.abort("wrong");
  kept.lonely = "";
  await clock.advance(6 * synced);
  expect([one, other].map(({ canary }) => canary.percentage())).toEqual([0, 0]);
  kept.lonely = "one";
  await expect(one.canary.abort("wrong again")).rejects.toThrow("not yet on the other replicas");
  await clock.advance(1_000);
  await other.canary.set(20, "once more");
  kept.lonely = "";
  await clock.advance(6 * synced);
  expect([one, other].map(({ canary }) => canary.percentage())).toEqual([0, 0]);
  await Promise.all([one, other].map(({ canary }) => canary.close()));
});

test("a raise counts soon at a replica whose time of day is behind", async () => {
  const { clock, openReplica } = world();
  const [one, late] = [await openReplica("one"), await openReplica("late", policy, 3_600_000)];
  await one.canary.set(25, "more");
  await clock.advance(5 * synced);
  expect([one, late].map(({ canary }) => canary.percentage())).toEqual([25, 25]);
  await Promise.all([one, late].map(({ canary }) => canary.close()));
});

test("another replica judges where the judge hangs", async () => {
  const { clock, kept, openReplica } = world();
  const [judge, other] = [await openReplica("judge"), await openReplica("other")];
  await clock.advance(synced);
  kept.lonely = "judge";
  await clock.advance(5_000 + synced);
  sendBad(other.canary, 200);
  await clock.advance(2 * synced);
  expect([other.canary.status().phase, other.decisions]).toEqual(["aborted", ["abort"]]);
  await Promise.all([judge, other].map(({ canary }) => canary.close()));
});

test("a canary of another name begins as at a start: who cannot ask whether it was aborted gives it to nobody", async () => {
  const { clock, kept, openReplica } = world();
  const [one, other] = [await openReplica("one"), await openReplica("other")];
  const next = { ...policy, name: "next" };
  other.canary.reconfigure(next);
  await clock.advance(3 * synced);
  expect(other.canary.status()).toMatchObject({ name: "next", phase: "running", percentage: 10 });
  await other.canary.abort("wrong");
  kept.lonely = "one";
  one.canary.reconfigure(next);
  await clock.advance(3 * synced);
  expect(one.canary.percentage()).toBe(0);
  kept.lonely = "";
  await clock.advance(3 * synced);
  expect([one, other].map(({ canary }) => canary.status())).toMatchObject([
    { name: "next", phase: "aborted" },
    { name: "next", phase: "aborted" },
  ]);
  await Promise.all([one, other].map(({ canary }) => canary.close()));
});
