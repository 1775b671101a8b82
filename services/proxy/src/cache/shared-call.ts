import { type Answer, type Attempt, CallEnded, type Deadline, Stop } from "@meridian/core";
import { CallError, type CallEvent, type CallJob } from "@meridian/dispatch";
import type { ChatEvent } from "../handlers/chat-event.js";

/** What the end of a shared call says besides. */
export interface MadeAnswer {
  /** The whole answer, where the relay was asked for one. */
  readonly answer?: Answer;
  /** What the attempt that answered has cost. */
  readonly costNanoUsd: bigint;
}

/** What a shared call says. */
export type SharedEvent = CallEvent & { readonly made?: MadeAnswer };

/** What callers of a shared call get of it. */
export type CallerEvent = ChatEvent & { readonly made?: MadeAnswer };

/** One of those who share a call. */
export interface SharedCaller extends Pick<CallJob, "deadline" | "onAttempt" | "traceAttempt"> {}

/** What the call itself runs with: a deadline of its own, which ends with the last caller's. */
export type SharedJob = Required<Pick<CallJob, "deadline" | "onAttempt" | "traceAttempt">>;

/** One call to the relays, for all callers that ask the same at the same time. */
export interface SharedCall {
  /** Gives a caller all that has come, and then the rest, in batches. Leaving the iteration leaves the call. */
  join(caller: SharedCaller): AsyncGenerator<readonly CallerEvent[], void, undefined>;
}

/** What a shared call is made of. */
export interface SharedCallOptions {
  /** Begins the call. Its batches are asked for as fast as the fastest caller takes them. */
  readonly start: (job: SharedJob) => AsyncGenerator<readonly SharedEvent[], void, undefined>;
  /** Told once when nobody may join any more: it is over, or too long to be told from its beginning. */
  readonly onClosed: () => void;
  /** How much of the call is held for callers that are slower than others, in characters. */
  readonly maxHeldLength: number;
}

/** The most events that a caller gets at once: one that joins late may be given a whole answer. */
const maxBatchEvents = 64;

/** `next` is the place of the event that it takes next. */
interface Member {
  readonly caller: SharedCaller;
  /** Those that it answers for. */
  readonly attempts: Attempt[];
  next: number;
  ended: CallError | undefined;
  wake: () => void;
}

/**
 * Begins a call that others may join. It is in one of these states:
 *
 * - open: it runs, all that has come is held, and callers may join.
 * - closed: it runs, but has become too long; what all callers have taken is let go of. A caller that falls so far behind
 *   that too much is held for it fails, so that it holds nobody back.
 * - over: it has ended, failed, or lost its last caller, which cancels it. Callers still take what is held.
 *
 * Of its callers the one that has been there longest answers for it: attempts that end are its own, in report, limits and
 * cost. So each is counted once, and a caller that goes leaves the running one to the next.
 */
export function createSharedCall({ start, onClosed, maxHeldLength }: SharedCallOptions): SharedCall {
  const members = new Set<Member>();
  const end = new Stop();
  const events: SharedEvent[] = [];
  let dropped = 0;
  let heldLength = 0;
  let isClosed = false;
  let outcome: { readonly error?: unknown } | undefined;
  let isAsked = false;
  const first = (): Member | undefined => members.values().next().value;
  const deadline: Deadline = {
    signal: end,
    remainingMs: () => [...members].reduce((most, { caller }) => Math.max(most, caller.deadline.remainingMs()), 0),
    end: (kind) => end.abort(new CallEnded({ kind })),
    release() {},
  };
  const source = start({
    deadline,
    onAttempt(attempt) {
      const payer = first();
      payer?.attempts.push(attempt);
      payer?.caller.onAttempt?.(attempt);
    },
    traceAttempt: (attempt) => first()?.caller.traceAttempt?.(attempt),
  });

  const close = () => {
    if (isClosed) return;
    isClosed = true;
    onClosed();
  };
  const wakeAll = () => {
    for (const { wake } of members) wake();
  };
  const leave = (member: Member, error: CallError) => {
    member.ended = error;
    members.delete(member);
    member.wake();
  };
  const letGo = () => {
    const slowest = () => [...members].reduce((least, { next }) => Math.min(least, next), dropped + events.length);
    const drop = () => {
      const taken = events.splice(0, slowest() - dropped);
      dropped += taken.length;
      for (const event of taken) heldLength -= lengthOf(event);
    };
    drop();
    // Who has joined last was given all that had come, and needs time to take it.
    while (heldLength > 2 * maxHeldLength && members.size > 1) {
      const behind = slowest();
      for (const member of members)
        if (member.next === behind)
          leave(member, new CallError({ kind: "stream_truncated", deltas: behind }, member.attempts));
      drop();
    }
  };
  const ask = async () => {
    if (isAsked) return;
    isAsked = true;
    try {
      const { done, value } = await source.next();
      if (done === true) outcome = {};
      else {
        for (const event of value) heldLength += lengthOf(event);
        events.push(...value);
        if (value.at(-1)?.type === "stream-end") close();
        if (heldLength > maxHeldLength) close();
      }
    } catch (error) {
      outcome = { error };
    }
    isAsked = false;
    if (outcome !== undefined) close();
    else if (isClosed && events.at(-1)?.type !== "stream-end") letGo();
    wakeAll();
  };

  const read = async function* (member: Member): AsyncGenerator<readonly CallerEvent[], void, undefined> {
    const { signal } = member.caller.deadline;
    const onEnd = () => {
      const ended = signal.reason instanceof CallEnded ? signal.reason.failure : ({ kind: "canceled" } as const);
      // The last one ends the call, and hears of it what has come of it.
      if (members.size > 1) leave(member, new CallError(ended, member.attempts));
      else if (members.has(member)) {
        close();
        deadline.end(ended.kind);
      }
    };
    signal.addEventListener("abort", onEnd);
    if (signal.aborted) onEnd();
    try {
      for (;;) {
        if (member.ended !== undefined) throw member.ended;
        const at = member.next - dropped;
        if (at < events.length) {
          const batch = events.slice(at, at + maxBatchEvents);
          member.next += batch.length;
          yield batch.map((event) => eventFor(member, event));
        } else if (outcome === undefined) {
          const woken = new Promise<void>((resolve) => {
            member.wake = resolve;
          });
          void ask();
          await woken;
        } else if ("error" in outcome) throw errorFor(member, outcome.error);
        else return;
      }
    } finally {
      signal.removeEventListener("abort", onEnd);
      if (members.size === 1 && members.has(member) && outcome === undefined) {
        close();
        deadline.end("canceled");
        await source.return();
      }
      members.delete(member);
    }
  };
  const eventFor = (member: Member, event: SharedEvent): CallerEvent => {
    if (!("attempts" in event)) return event;
    const { attempts } = member;
    const isPayer = event.type === "stream-end" ? attempts.length > 0 : member === first();
    const deployment = isPayer ? event.deployment : { model: event.deployment.model };
    return { ...event, attempts, deployment };
  };

  return {
    join(caller) {
      const member: Member = { caller, attempts: [], next: 0, ended: undefined, wake() {} };
      members.add(member);
      return read(member);
    },
  };
}

/** Each caller has an error of its own, as each has its own attempts. */
function errorFor({ attempts }: Member, error: unknown): unknown {
  return error instanceof CallError ? new CallError(error.failure, attempts, { cause: error.cause }) : error;
}

/** What an event takes, in characters, about. */
function lengthOf(event: SharedEvent): number {
  if (event.type === "source-chunk") return event.length;
  if (event.type === "tool-call-delta") return event.arguments.length;
  if (!("text" in event)) return 0;
  const logprobs = "logprobs" in event ? event.logprobs : [];
  return event.text.length + 64 * logprobs.reduce((sum, { topLogprobs }) => sum + 1 + topLogprobs.length, 0);
}
