import type { Answer, RoutePlan } from "@meridian/core";
import {
  type CallEvent,
  type CallJob,
  createAnswerCollector,
  type DispatchDependencies,
  executeCall,
  executeStream,
  piecesFromAnswer,
} from "@meridian/dispatch";
import type { CallContext } from "../call-context.js";
import type { BegunCall } from "../handlers/begin-call.js";
import type { CompletedChat } from "../handlers/chat-event.js";
import { type CacheMiss, createStreamKeeper, keptFromCompleted } from "./call-cache.js";
import type { CallerEvent, SharedEvent } from "./shared-call.js";

/** A call that the cache has no answer for. */
export interface MissedCall extends BegunCall {
  readonly cache: CacheMiss;
}

/** How the relay is asked, where nobody has asked it yet. */
type Form = "whole" | "streamed";

/**
 * Makes a call together with all that are equal and under way, and keeps its answer.
 *
 * @throws CallError
 */
export async function* joinCall(
  begun: MissedCall,
  form: Form,
  context: CallContext,
): AsyncGenerator<readonly CallerEvent[], void, undefined> {
  const { job, dependencies, cache } = begun;
  const source = form === "whole" ? wholeSource : streamSource;
  const { events, isJoined } = cache.calls.join(sharedKeyOf(cache.key, job), job, (shared) =>
    source({ ...job, ...shared }, dependencies, cache),
  );
  if (isJoined) context.cache = { result: "shared" };
  for await (const batch of events) {
    const end = batch.at(-1);
    if (end?.type !== "stream-end") {
      yield batch;
      continue;
    }
    // What came before the end is reported without what the end says.
    if (batch.length > 1) yield batch.slice(0, -1);
    if (end.attempts.length === 0) {
      context.cache = { result: "shared", savedCostNanoUsd: end.made?.costNanoUsd ?? 0n };
      begun.countRequest();
    } else context.cache = { result: "miss" };
    yield [end];
  }
}

/** Puts the events of a call together to a whole answer; that which the relay gave, where it was asked for one. */
export async function completedFromEvents(
  events: AsyncIterable<readonly CallerEvent[]>,
): Promise<CompletedChat & Pick<Extract<CallerEvent, { type: "stream-end" }>, "attempts">> {
  let identity = { id: "", created: 0 };
  let collector = createAnswerCollector();
  let completed: Awaited<ReturnType<typeof completedFromEvents>> | undefined;
  const add = (event: CallerEvent) => {
    switch (event.type) {
      case "stream-start":
      case "stream-restart":
        ({ identity } = event);
        collector = createAnswerCollector();
        break;
      case "stream-end": {
        const { usage, deployment, attempts } = event;
        completed = { answer: event.made?.answer ?? collector.answer(identity, event), usage, deployment, attempts };
        break;
      }
      default:
        collector.add(event);
    }
  };
  for await (const batch of events) for (const event of batch) add(event);
  if (completed === undefined) throw new Error("a call has ended without its end");
  return completed;
}

/**
 * What is the same for calls that are made together: besides what answers them, which models may, and what becomes of a
 * stream that is cut.
 */
function sharedKeyOf(key: string, { call, plan }: CallJob): string {
  return [key, call.routing.commit, ...modelsOf(plan)].join(" ");
}

function modelsOf({ candidates }: RoutePlan): readonly string[] {
  return [...new Set(candidates.map(({ model }) => model.id))].sort();
}

async function* wholeSource(
  job: CallJob,
  dependencies: DispatchDependencies,
  { keep }: CacheMiss,
): AsyncGenerator<readonly SharedEvent[], void, undefined> {
  const completed = await executeCall(job, dependencies);
  const { answer, usage, deployment, attempts } = completed;
  const kept = keptFromCompleted(completed, job.plan, job.call.choices);
  if (kept !== undefined) keep(kept);
  const { id, created, choices } = answer;
  const ends = choices.map(({ index: choice, finishReason }) => ({ choice, finishReason }));
  const made = { answer, costNanoUsd: attempts.at(-1)?.costNanoUsd ?? 0n };
  yield [
    { type: "stream-start", identity: { id, created }, deployment, attempts },
    ...piecesFromAnswer(withoutTwice(answer)),
    { type: "stream-end", ends, usage, deployment, attempts, made },
  ];
}

/** Of a relay's own JSON no more is told than that. */
function withoutTwice(answer: Answer): Answer {
  return answer.source === undefined ? answer : { ...answer, choices: [] };
}

async function* streamSource(
  job: CallJob,
  dependencies: DispatchDependencies,
  { keep, maxAnswerLength }: CacheMiss,
): AsyncGenerator<readonly SharedEvent[], void, undefined> {
  const keptAt = createStreamKeeper(job.plan, job.call.choices, maxAnswerLength);
  const shared = (event: CallEvent): SharedEvent => {
    const kept = keptAt(event);
    if (kept !== undefined) keep(kept);
    if (event.type !== "stream-end") return event;
    return { ...event, made: { costNanoUsd: event.attempts.at(-1)?.costNanoUsd ?? 0n } };
  };
  for await (const batch of executeStream(job, dependencies)) yield batch.map(shared);
}
