import { createFakeClock } from "@meridian/core/testing";
import type { CallRecord } from "@meridian/telemetry";
import { createLogger } from "@meridian/telemetry";
import { expect, test } from "vitest";
import { exampleRecord } from "../testing/ledger-calls.js";
import { closeLimitMs, createLedger, maxBatchCalls, maxPendingCalls } from "./ledger.js";
import type { LedgerFile } from "./ledger-thread.js";
import type { PackedCalls } from "./packed-calls.js";

const flushMs = 1_000;
const dayMs = 86_400_000;

function createTestLedger() {
  const clock = createFakeClock();
  const writes: { readonly calls: PackedCalls; readonly keepFromMs: number }[] = [];
  const state = { isStalled: false, isBroken: false, isClosed: false, hasEnded: false };
  let goOn = () => {};
  const file: LedgerFile = {
    async write(calls, keepFromMs) {
      if (state.isStalled) await new Promise<void>((resolve) => (goOn = resolve));
      if (state.isBroken) throw new Error("disk full");
      writes.push({ calls, keepFromMs });
    },
    async close() {
      if (state.hasEnded) throw new Error("the thread has ended");
      state.isClosed = true;
    },
  };
  const log: { readonly msg: string }[] = [];
  const logger = createLogger("info", { write: (line) => log.push(JSON.parse(line)) });
  const config = { flushMs, retentionDays: 2 };
  const ledger = createLedger(file, config, { clock, timeOfDayMs: () => 10 * dayMs + clock.now(), logger });
  const end = (calls: number, record: Partial<CallRecord> = {}) => {
    for (let call = 0; call < calls; call += 1) ledger.recorder.callEnded({ ...exampleRecord, ...record });
  };
  const sizes = () => writes.map(({ calls }) => calls.calls);
  return { clock, ledger, writes, sizes, state, end, log: () => log.map(({ msg }) => msg), goOn: () => goOn() };
}

test("calls are written together, once flushMs have passed since the first", async () => {
  const { clock, end, sizes, writes, ledger } = createTestLedger();
  end(1);
  await clock.advance(flushMs - 1);
  end(2);
  expect([sizes(), ledger.figures()]).toEqual([[], { pendingAttempts: 3, writtenAttempts: 0, lostAttempts: 0 }]);
  await clock.advance(1);
  expect([sizes(), ledger.figures()]).toEqual([[3], { pendingAttempts: 0, writtenAttempts: 3, lostAttempts: 0 }]);
  expect(writes[0]?.keepFromMs).toBe(8 * dayMs + flushMs);
  expect(clock.pendingTimers).toBe(0);
});

test("a call that asked no relay is left out", () => {
  const { clock, end, ledger } = createTestLedger();
  end(1, { attempts: [] });
  end(1, { plan: undefined });
  expect([ledger.figures().pendingAttempts, clock.pendingTimers]).toEqual([0, 0]);
});

test("enough calls are written at once, in writes of a limited size", async () => {
  const { clock, end, sizes } = createTestLedger();
  end(2 * maxBatchCalls + 1);
  await clock.advance(0);
  expect(sizes()).toEqual([maxBatchCalls, maxBatchCalls]);
  await clock.advance(flushMs);
  expect(sizes()).toEqual([maxBatchCalls, maxBatchCalls, 1]);
});

test("what could not be written is written later, once", async () => {
  const { clock, end, sizes, state, log, ledger } = createTestLedger();
  state.isBroken = true;
  end(3);
  await clock.advance(5 * flushMs);
  end(1);
  expect(sizes()).toEqual([]);
  state.isBroken = false;
  await clock.advance(flushMs);
  expect(sizes()).toEqual([3]);
  await clock.advance(flushMs);
  expect(sizes()).toEqual([3, 1]);
  expect(ledger.figures()).toEqual({ pendingAttempts: 0, writtenAttempts: 4, lostAttempts: 0 });
  expect(log()).toEqual(["the ledger cannot be written", "the ledger is written again"]);
});

test("while the disk stands still no more than so many calls wait; what is lost is counted, and logged once", async () => {
  const { clock, end, state, goOn, log, ledger } = createTestLedger();
  state.isStalled = true;
  end(maxPendingCalls + 7);
  expect(ledger.figures()).toEqual({ pendingAttempts: maxPendingCalls, writtenAttempts: 0, lostAttempts: 7 });
  state.isStalled = false;
  goOn();
  while (ledger.figures().pendingAttempts > 0) await clock.advance(flushMs);
  expect(ledger.figures()).toEqual({ pendingAttempts: 0, writtenAttempts: maxPendingCalls, lostAttempts: 7 });
  expect(log()).toEqual(["the ledger is written too slowly: costs of calls are lost", "the ledger is written again"]);
});

test("closing waits for the write that runs, and writes the rest", async () => {
  const { clock, end, sizes, state, goOn, ledger } = createTestLedger();
  state.isStalled = true;
  end(2);
  await clock.advance(flushMs);
  end(3);
  const closed = ledger.close();
  await clock.advance(0);
  expect([sizes(), state.isClosed]).toEqual([[], false]);
  state.isStalled = false;
  goOn();
  await closed;
  expect([sizes(), state.isClosed, clock.pendingTimers]).toEqual([[2, 3], true, 0]);
});

test("closing gives up what still cannot be written, and says so", async () => {
  const { end, state, log, ledger } = createTestLedger();
  state.isBroken = true;
  end(2);
  await ledger.close();
  expect([ledger.figures().lostAttempts, state.isClosed]).toEqual([2, true]);
  expect(log()).toContain("the ledger is written too slowly: costs of calls are lost");
});

test("closing waits for a disk that stands still no longer than the limit; what waits is lost, and counted", async () => {
  const { clock, end, state, log, ledger } = createTestLedger();
  state.isStalled = true;
  end(2);
  await clock.advance(flushMs);
  end(3);
  const closed = ledger.close();
  await clock.advance(closeLimitMs);
  await closed;
  expect(ledger.figures()).toMatchObject({ writtenAttempts: 0, lostAttempts: 5 });
  expect(log()).toContain("the ledger is written too slowly: costs of calls are lost");
});

test("a ledger that cannot be closed says so, and stops nobody", async () => {
  const { clock, state, log, ledger } = createTestLedger();
  state.hasEnded = true;
  await ledger.close();
  expect([log(), clock.pendingTimers]).toEqual([["the ledger could not be closed"], 0]);
});
