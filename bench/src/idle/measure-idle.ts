import { setTimeout as delay } from "node:timers/promises";
import { streamText } from "../fixture.js";
import { WrongAnswers } from "../measure/measure.js";
import { residentBytes } from "../measure/resident-bytes.js";
import { openInspector } from "../probe/inspector.js";
import { heldBytes, settledMemory } from "../probe/take-sample.js";
import type { RelayOrder, RelayState } from "../relay/relay-order.js";
import { type StartedProcess, startProcess } from "../start-process.js";
import { type CallForm, callShape, type RunningSubject, type Subject, type SubjectWorld } from "../subjects/subject.js";
import { ask } from "../worker-link.js";
import type { HoldOrder, HoldOutcome } from "./hold-order.js";

/** What a subject holds on to for streams that nothing happens on, in bytes. */
export interface IdleFigure {
  readonly subject: string;
  readonly form: CallForm;
  /** At each number of streams at once, what one of them takes. */
  readonly perStream: readonly ({ readonly streams: number } & Memory)[];
  /** What is there more than at the start, once all of them have ended. */
  readonly left: Memory;
  /** Streams that the relay still had ten seconds after the callers of so many were killed. */
  readonly killed: { readonly streams: number; readonly relayStreams: number };
}

interface Memory {
  /** What the system has given to the process, after a collection where the subject is Node. */
  readonly residentBytes: number;
  /** Objects and buffers that are alive; null: the subject is not Node. */
  readonly heldBytes: number | null;
}

/** Where and how much to measure. */
export interface IdlePlan extends Omit<SubjectWorld, "inspect" | "cores"> {
  readonly relay: StartedProcess;
  readonly cores: { readonly subject: string; readonly rest: string } | undefined;
  /** Streams at once, each number after the other. */
  readonly streams: readonly number[];
  /** At once, for the warm-up and for the callers that are killed. */
  readonly killedStreams: number;
  /** How long so many streams may take to begin, and to end, in milliseconds. */
  readonly limitMs: number;
  /**
   * How long a subject rests after the last stream, before it is looked at what is left, in milliseconds: connections to the relay
   * are kept for the next call, in Node for four seconds, and are no streams.
   */
  readonly restMs: number;
}

/** Measures a subject in a process of its own. Rejects with `WrongAnswers` where streams did not begin in time, or end right. */
export async function measureIdle(plan: IdlePlan, subject: Subject, form: CallForm): Promise<IdleFigure> {
  const running = await subject.start({ relayOrigin: plan.relayOrigin, cores: plan.cores?.subject, inspect: true });
  const holder = await startHolder(plan);
  try {
    const hold = (order: HoldOrder) => holdWithin(plan, subject, holder, order);
    const open = openOrder(subject, running, form);
    await tellRelay(plan, { pace: { chunks: 1, chunksPerSecond: "held" } });

    const finish = async (streams: number) => {
      const ended = hold({ do: "await", expectedText: streamText(1) });
      await tellRelay(plan, { finish: true });
      const outcome = await ended;
      if (outcome?.right !== streams)
        throw new WrongAnswers(
          `${outcome?.right} of ${streams} idle streams of ${subject.name} ended right; the first problem: ${outcome?.firstProblem}`,
        );
    };
    // What is made once for all streams is no part of one.
    await hold(open(plan.killedStreams));
    await finish(plan.killedStreams);
    const start = await memoryOf(running);
    const perStream: IdleFigure["perStream"][number][] = [];
    for (const streams of plan.streams) {
      await hold(open(streams));
      perStream.push({ streams, ...difference(await memoryOf(running), start, streams) });
      await finish(streams);
    }
    await delay(plan.restMs);
    const left = difference(await memoryOf(running), start, 1);
    return { subject: subject.name, form, perStream, left, killed: await killCallers(plan, subject, open) };
  } finally {
    await Promise.all([running.stop(), holder.stop()]);
    // What a subject has kept is not to be there when the next one is looked at.
    await tellRelay(plan, { finish: true });
  }
}

/** What becomes of an order, where it does not take too long. */
async function holdWithin(
  { limitMs }: IdlePlan,
  { name }: Subject,
  holder: StartedProcess,
  order: HoldOrder,
): Promise<HoldOutcome | null> {
  const what =
    order.do === "open"
      ? `${order.streams} idle streams of ${name} had not all begun`
      : `idle streams of ${name} had not all ended`;
  let cancel = () => {};
  const limit = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new WrongAnswers(`${what} after ${limitMs} ms`)), limitMs);
    cancel = () => clearTimeout(timer);
  });
  const held = ask<HoldOutcome | null>(holder.child, order);
  // The holder is stopped then, which is no news.
  held.catch(() => {});
  return await Promise.race([held, limit]).finally(cancel);
}

function startHolder({ cores }: IdlePlan): Promise<StartedProcess> {
  return startProcess({
    script: new URL("../../dist/idle/main.js", import.meta.url),
    ready: /^ready$/,
    cores: cores?.rest,
  });
}

function openOrder(subject: Subject, running: RunningSubject, form: CallForm): (streams: number) => HoldOrder {
  const call = subject.calls[form];
  if (call === undefined) throw new Error(`${subject.name} has no ${form}`);
  const shape = callShape({ ...call, headers: { ...call.headers, ...running.headers } }, 50);
  return (streams) => ({ do: "open", origin: running.origins[shape.transport], shape, streams });
}

/** Opens streams in a process, kills it, and looks whether the relay is told within ten seconds. */
async function killCallers(
  plan: IdlePlan,
  subject: Subject,
  open: (streams: number) => HoldOrder,
): Promise<IdleFigure["killed"]> {
  const streams = plan.killedStreams;
  const callers = await startHolder(plan);
  try {
    await holdWithin(plan, subject, callers, open(streams));
    const { openStreams } = await tellRelay(plan, {});
    if (openStreams !== streams)
      throw new WrongAnswers(`the relay has ${openStreams} of ${streams} idle streams of ${subject.name}`);
    callers.child.kill("SIGKILL");
    let relayStreams = openStreams;
    for (let look = 0; look < 100 && relayStreams > 0; look += 1) {
      await delay(100);
      ({ openStreams: relayStreams } = await tellRelay(plan, {}));
    }
    return { streams, relayStreams };
  } finally {
    await callers.stop();
  }
}

function tellRelay({ relay }: IdlePlan, order: RelayOrder): Promise<RelayState> {
  return ask<RelayState>(relay.child, order);
}

async function memoryOf({ pid, inspectorUrl }: RunningSubject): Promise<Memory> {
  if (pid === undefined) throw new Error("a subject without a process has no memory");
  if (inspectorUrl === undefined) {
    await delay(settleMs);
    return { residentBytes: residentBytes(pid), heldBytes: null };
  }
  const inspector = await openInspector(inspectorUrl);
  try {
    const memory = await settledMemory(inspector);
    return { residentBytes: residentBytes(pid), heldBytes: heldBytes(memory) };
  } finally {
    inspector.close();
  }
}

const settleMs = 1_000;

function difference(now: Memory, start: Memory, streams: number): Memory {
  return {
    residentBytes: (now.residentBytes - start.residentBytes) / streams,
    heldBytes: now.heldBytes === null || start.heldBytes === null ? null : (now.heldBytes - start.heldBytes) / streams,
  };
}
