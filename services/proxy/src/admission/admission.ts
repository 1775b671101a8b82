import type { OverloadConfig } from "@meridian/config";
import type { CallerFailure, Clock } from "@meridian/core";
import type { AdmissionState } from "@meridian/telemetry";
import { createQueuePace } from "./queue-pace.js";

/** A call at the door. At most one of the callbacks is called, once; none where it is refused or leaves before. */
export interface ArrivingCall {
  /** What is left of its caller's deadline, in milliseconds; infinite where it has none. */
  readonly remainingMs: number;
  /** It may run. Called before `enter` returns where there is nothing to wait for. */
  begin(): void;
  /** It has waited in vain. */
  giveUp(reason: GivingUp): void;
}

/** Why a call does not begin. */
export type GivingUp = Extract<CallerFailure, { kind: "too_many_calls" | "deadline_exceeded" | "shutting_down" }>;

/** Why a call is refused at once. */
export type Refusal = Extract<CallerFailure, { kind: "too_many_calls" }>;

/** What became of a call at the door. */
export type Entry =
  /** To be called once the call is over, or its caller gone while it waits. */
  { readonly kind: "taken"; leave(): void } | { readonly kind: "refused"; readonly failure: Refusal };

/** Decides which calls run, which wait, and which are refused. */
export interface Admission {
  enter(call: ArrivingCall): Entry;
  /**
   * The way on of a call whose relay has answered. Undefined: at once. Else a promise, as calls wait to begin, or this turn has
   * lasted its time: answers that have come together are not all written before those who call meanwhile are heard.
   */
  goOn(): Promise<void> | undefined;
  /** Hears that a connection was accepted: others may wait for it. */
  connectionCame(): void;
  state(): AdmissionState;
  /** Keeps to other limits from now on. Calls that wait keep the longest wait that they came with. */
  setLimits(limits: OverloadConfig): void;
  /** Ends the calls that wait: the process stops. */
  close(): void;
}

/** What an admission needs of the world. */
export interface AdmissionWorld {
  readonly clock: Clock;
  /** Calls back at the end of this turn of the event loop, when all that was there to be read has been: `setImmediate`. */
  readonly atEndOfTurn: (callback: () => void) => void;
  /** Gives a number of [0, 1). */
  readonly random: () => number;
}

/** A queue that has not been empty for so long stands, in milliseconds: a burst of thousands of calls is over by then. */
const standingMs = 1_000;
/**
 * Once it was too long for one that stands, it counts as standing for so long, in milliseconds: overload pauses, too. Less
 * than there is between two full collections, so that their pauses alone refuse nobody for long.
 */
const stoodMs = 500;
/** A standing queue may be as long as so many turns that have lasted their time. */
const standingTurns = 5;
/** And as so many calls in any case: a service whose workers each make one call after the other is not refused. */
const standingCalls = 100;
/** Answers that come no later after one another are a burst, in milliseconds: more than a call takes of the CPU. */
const gapMs = 2;
const minRetryAfterMs = 1_000;
const maxRetryAfterMs = 30_000;
/** A call may wait for so much of what is left of its deadline: the rest is for its relay, and for what was expected wrongly. */
const waitingShare = 1 / 4;
/**
 * So many calls go on or begin at the end of a turn, and for so long, in milliseconds: they share what a turn costs, and what they
 * send wakes the relay once. With one alone, of 12,000 calls a second that were offered 5,800 were answered in place of 10,900.
 */
const batchCalls = 16;
const batchMs = 0.15;
/** Delays are multiples of it, so that the answers that tell them can be kept. */
const retryAfterStepMs = 250;

interface Ticket {
  /** Until it begins: a call that runs for long need not hold what it began with. */
  call: ArrivingCall | undefined;
  state: "queued" | "running" | "over";
  cancelTimer: (() => void) | undefined;
}

/**
 * Creates the door of the process. It has two limits: the number of calls that run, and the time of a turn of the event
 * loop within which calls begin. The second is the one that a lack of CPU meets: a call waits for its relay most of its
 * time, so that the number of calls says little of the load, and the length of the turns says it all. Calls above the
 * limits wait in one queue, first come, first served. At the end of each turn some of them begin; before them, those that were
 * answered go on, where many were at once. In turns in which a connection was accepted it is one alone: they stay short then, and
 * whoever comes is heard soon, as Node accepts no more than one connection in a turn, and answering that there is no room takes two
 * fifths of the time of a call. To let nobody begin in a turn in which others came was tried: where turns are long, others come in
 * each of them, and hardly anybody began.
 *
 * Nothing is refused for one long turn: calls wait then. They are refused only where the queue says that they would wait
 * too long: for more than a quarter of what is left of their deadline, or for more than `maxQueueMs`. A queue that has not been
 * empty for a second is no burst but more than the process can bear, and a long one then helps nobody: it is cut to a few
 * turns, as CoDel does it (https://queue.acm.org/detail.cfm?id=2839461). What waits is also what every collection of garbage
 * copies, and then keeps until a full one: calls that wait a quarter of a second made the pauses in which nobody is heard.
 */
export function createAdmission(limits: OverloadConfig, { clock, atEndOfTurn, random }: AdmissionWorld): Admission {
  let { maxCalls, maxQueuedCalls, maxQueueMs, targetDelayMs } = limits;
  let standingQueueMs = Math.min(maxQueueMs, standingTurns * targetDelayMs);
  /** The oldest first. */
  const queue = new Set<Ticket>();
  const pace = createQueuePace();
  /** Calls that were answered and wait for a turn, the oldest first. */
  const answered: (() => void)[] = [];
  /** Since when calls are answered one right after the other: to watch a turn for each would be felt. */
  let burstBeganAtMs = 0;
  let lastAnsweredMs = Number.NEGATIVE_INFINITY;
  let runningCalls = 0;
  /** When the queue last stood, and was as long as it may be then. */
  let stoodAtMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  /** Whether a connection was accepted since the last turn that was watched. */
  let hasAccepted = false;
  /** When the present turn began, as far as calls are concerned; undefined: they are not, so far. */
  let turnBeganAtMs: number | undefined;

  const hasTurn = () => queue.size > 0 && runningCalls < maxCalls;
  const isTurnOver = () => turnBeganAtMs !== undefined && clock.now() - turnBeganAtMs >= targetDelayMs;

  const watchTurn = () => {
    turnBeganAtMs = clock.now();
    atEndOfTurn(() => {
      turnBeganAtMs = undefined;
      letSomeOn(hasAccepted ? 1 : batchCalls);
      hasAccepted = false;
      if (answered.length > 0 || hasTurn()) watchTurn();
    });
  };

  /** First those that were answered. */
  const letSomeOn = (maxCalls: number) => {
    const endsAtMs = clock.now() + batchMs;
    for (let calls = 0; calls < maxCalls; calls += 1) {
      const goOn = answered.shift();
      if (goOn !== undefined) goOn();
      else if (hasTurn()) beginOldest();
      else return;
      if (clock.now() >= endsAtMs) return;
    }
  };

  const beginOldest = () => {
    const [ticket] = queue;
    if (ticket === undefined) return;
    stopTimer(ticket);
    queue.delete(ticket);
    pace.advance(clock.now());
    begin(ticket);
  };

  const begin = (ticket: Ticket) => {
    ticket.state = "running";
    runningCalls += 1;
    const { call } = ticket;
    ticket.call = undefined;
    call?.begin();
  };

  const stopTimer = (ticket: Ticket) => {
    ticket.cancelTimer?.();
    ticket.cancelTimer = undefined;
  };

  const giveUp = (ticket: Ticket, reason: GivingUp) => {
    stopTimer(ticket);
    ticket.state = "over";
    queue.delete(ticket);
    ticket.call?.giveUp(reason);
  };

  const enqueue = (ticket: Ticket, { remainingMs }: ArrivingCall, nowMs: number) => {
    // Where this comes, the wait was not what it was expected to be.
    const longestMs = maxQueueMs;
    const onTime = () => {
      if (remainingMs <= longestMs) giveUp(ticket, { kind: "deadline_exceeded" });
      else giveUp(ticket, refusal(pace.expectedWaitMs(queue.size, clock.now())));
    };
    ticket.cancelTimer = clock.schedule(Math.min(remainingMs, longestMs), onTime);
    // A queue that forms now and then moves slowly, as it does so only in long turns: that says nothing of the next.
    if (queue.size === 0) pace.begin(nowMs, nowMs - stoodAtMs < stoodMs);
    queue.add(ticket);
  };

  const leave = (ticket: Ticket) => {
    if (ticket.state === "running") runningCalls -= 1;
    ticket.state = "over";
    stopTimer(ticket);
    queue.delete(ticket);
    if (turnBeganAtMs === undefined && hasTurn()) watchTurn();
  };

  /** Callers that are refused together are asked not to come back together. */
  const refusal = (waitMs: number): Refusal => {
    const delayMs = Math.min(Math.max(waitMs, minRetryAfterMs), maxRetryAfterMs / 2) * (1 + random());
    return { kind: "too_many_calls", retryAfterMs: Math.ceil(delayMs / retryAfterStepMs) * retryAfterStepMs };
  };

  /** Why a call may not even wait; undefined: it may. */
  const refusalOf = ({ remainingMs }: ArrivingCall): Refusal | undefined => {
    const nowMs = clock.now();
    const waitMs = pace.expectedWaitMs(queue.size, nowMs);
    const isStanding = nowMs - pace.sinceMs() > standingMs || nowMs - stoodAtMs < stoodMs;
    const isTooLong = isStanding && queue.size >= standingCalls && pace.lengthMs(queue.size) > standingQueueMs;
    if (isTooLong) stoodAtMs = nowMs;
    const longestMs = Math.min(maxQueueMs, remainingMs * waitingShare);
    return isTooLong || queue.size >= maxQueuedCalls || waitMs > longestMs ? refusal(waitMs) : undefined;
  };

  return {
    enter(call) {
      if (isClosed) {
        call.giveUp({ kind: "shutting_down" });
        return { kind: "taken", leave() {} };
      }
      if (turnBeganAtMs === undefined) watchTurn();
      const begins = queue.size === 0 && runningCalls < maxCalls && !isTurnOver();
      const failure = begins ? undefined : refusalOf(call);
      // With nothing made for it: in overload that is most of what is done.
      if (failure !== undefined) return { kind: "refused", failure };
      const ticket: Ticket = { call, state: "queued", cancelTimer: undefined };
      if (begins) begin(ticket);
      else enqueue(ticket, call, clock.now());
      return { kind: "taken", leave: () => leave(ticket) };
    },
    goOn() {
      const nowMs = clock.now();
      if (nowMs - lastAnsweredMs > gapMs) burstBeganAtMs = nowMs;
      lastAnsweredMs = nowMs;
      if (answered.length === 0 && nowMs - burstBeganAtMs < targetDelayMs) return undefined;
      if (turnBeganAtMs === undefined) watchTurn();
      if (queue.size === 0 && !isTurnOver()) {
        // There is time for one more: the oldest of those that wait.
        const oldest = answered.shift();
        if (oldest === undefined) return undefined;
        oldest();
      }
      return new Promise((resolve) => answered.push(resolve));
    },
    connectionCame() {
      hasAccepted = true;
    },
    state: () => ({
      runningCalls,
      queuedCalls: queue.size,
      expectedWaitMs: pace.expectedWaitMs(queue.size, clock.now()),
    }),
    setLimits(next) {
      ({ maxCalls, maxQueuedCalls, maxQueueMs, targetDelayMs } = next);
      standingQueueMs = Math.min(maxQueueMs, standingTurns * targetDelayMs);
      if (turnBeganAtMs === undefined && hasTurn()) watchTurn();
    },
    close() {
      isClosed = true;
      for (const ticket of queue) giveUp(ticket, { kind: "shutting_down" });
    },
  };
}
