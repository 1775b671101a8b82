import type { ChatCall, RoutePlan, Tenant } from "@meridian/core";
import {
  type CallEvent,
  type ChoiceEnd,
  type CompletedCall,
  createAnswerCollector,
  piecesFromAnswer,
} from "@meridian/dispatch";
import type { ChatEvent, CompletedChat } from "../handlers/chat-event.js";
import type { Services } from "../services.js";
import { cacheKeyOf } from "./cache-key.js";
import { isWhole, type KeptAnswer } from "./kept-answer.js";
import type { SharedCalls } from "./shared-calls.js";

/** What the cache does for one call: it answers, takes the answer, or has nothing to do with it. */
export type CallCache =
  | { readonly result: "hit"; readonly kept: KeptAnswer }
  | CacheMiss
  | { readonly result: "bypass" };

/** The cache has no answer, and takes the one that is made. */
export interface CacheMiss {
  readonly result: "miss";
  /** Of the answer. */
  readonly key: string;
  /** Those under way whose answer nobody has yet. */
  readonly calls: SharedCalls;
  readonly maxAnswerLength: number;
  keep(kept: KeptAnswer): void;
}

const bypassed: CallCache = { result: "bypass" };

/** Asks the cache for a call that has been planned. At once where the call is none for it. */
export function askCache(
  call: ChatCall,
  plan: RoutePlan,
  tenant: Tenant,
  { cache, config, timeOfDayMs }: Pick<Services, "cache" | "config" | "timeOfDayMs">,
): CallCache | Promise<CallCache> {
  const upstreamName = config.routing.models.get(plan.model)?.upstreamName;
  if (cache === undefined || upstreamName === undefined) return bypassed;
  const key = cacheKeyOf({ call, plan, tenant, upstreamName });
  return key === undefined ? bypassed : look(key, cache, timeOfDayMs);
}

async function look(
  key: string,
  cache: NonNullable<Services["cache"]>,
  timeOfDayMs: Services["timeOfDayMs"],
): Promise<CallCache> {
  const kept = await cache.find(key);
  if (kept !== undefined) return { result: "hit", kept };
  const { maxAnswerLength, calls } = cache;
  return { result: "miss", key, calls, maxAnswerLength, keep: (made) => cache.keep(key, made, timeOfDayMs()) };
}

/** A cached answer, given whole. */
export function completedFromKept({ answer, usage }: KeptAnswer, { model }: RoutePlan): CompletedChat {
  return { answer, usage, deployment: { model: { id: model } } };
}

/** A cached answer, given as a stream. */
export function eventsFromKept({ answer, ends, usage }: KeptAnswer, { model }: RoutePlan): readonly ChatEvent[] {
  const deployment = { model: { id: model } };
  const { id, created } = answer;
  return [
    { type: "stream-start", identity: { id, created }, deployment, attempts: [] },
    ...piecesFromAnswer(answer),
    { type: "stream-end", ends, usage, deployment, attempts: [] },
  ];
}

/** The answer of a call as it may be given again; undefined where it may not: it is not whole, or a fallback's. */
export function keptFromCompleted(
  { answer: made, usage, deployment, attempts }: CompletedCall,
  plan: RoutePlan,
  choices: number,
): KeptAnswer | undefined {
  const ends: readonly ChoiceEnd[] = made.choices.map(({ index: choice, finishReason }) => ({ choice, finishReason }));
  // Of a relay's own JSON nothing else is needed.
  const answer = made.source === undefined ? made : { ...made, choices: [] };
  return keptFrom({ answer, ends, usage, costNanoUsd: attempts.at(-1)?.costNanoUsd ?? 0n }, deployment, plan, choices);
}

function keptFrom(kept: KeptAnswer, { model }: CompletedCall["deployment"], plan: RoutePlan, choices: number) {
  return model.id === plan.model && isWhole(kept.ends, choices) ? kept : undefined;
}

/** Listens to the events of a stream, and gives its answer at the end of it, as `keptFromCompleted` does. */
export function createStreamKeeper(
  plan: RoutePlan,
  choices: number,
  maxLength: number,
): (event: CallEvent) => KeptAnswer | undefined {
  let collector: ReturnType<typeof createAnswerCollector> | undefined;
  let identity = { id: "", created: 0 };
  return (event) => {
    switch (event.type) {
      case "stream-start":
      case "stream-restart":
        ({ identity } = event);
        collector = createAnswerCollector();
        return undefined;
      case "stream-end": {
        if (collector === undefined) return undefined;
        const { ends, usage, deployment, attempts } = event;
        const costNanoUsd = attempts.at(-1)?.costNanoUsd ?? 0n;
        return keptFrom(
          { answer: collector.answer(identity, event), ends, usage, costNanoUsd },
          deployment,
          plan,
          choices,
        );
      }
      default:
        collector?.add(event);
        if (collector !== undefined && collector.length > maxLength) collector = undefined;
        return undefined;
    }
  };
}
