import { type Answer, parseExactJson, type Usage } from "@meridian/core";
import type { ChoiceEnd } from "@meridian/dispatch";

/** An answer as the cache keeps it, whichever way it came. */
export interface KeptAnswer {
  /** In the relay's own JSON, where the call wants that: then the list of choices is empty. */
  readonly answer: Answer;
  /** Why each choice ended. */
  readonly ends: readonly ChoiceEnd[];
  readonly usage: Usage | undefined;
  /** What the attempt that answered has cost. */
  readonly costNanoUsd: bigint;
}

/** How choices end that have said all they were to say. Whatever else ends one is not to be said again. */
const wholeEnds: ReadonlySet<string> = new Set(["stop", "length", "tool_calls", "function_call"]);

/** Whether each choice that was asked for has come, and has ended well. */
export function isWhole(ends: readonly ChoiceEnd[], choices: number): boolean {
  const ended = new Set(ends.filter(({ finishReason }) => wholeEnds.has(finishReason)).map(({ choice }) => choice));
  return ends.length === choices && ended.size === choices;
}

/** The text that the cache holds of an answer. */
export function formatKeptAnswer(kept: KeptAnswer): string {
  return JSON.stringify({ ...kept, costNanoUsd: String(kept.costNanoUsd) });
}

/** The answer in a text of `formatKeptAnswer`. Throws where it is none. */
export function parseKeptAnswer(text: string): KeptAnswer {
  // Nobody but `formatKeptAnswer` writes such texts, and the version is a part of the key.
  const kept = parseExactJson(text) as unknown as Omit<KeptAnswer, "costNanoUsd"> & { readonly costNanoUsd: string };
  return { ...kept, costNanoUsd: BigInt(kept.costNanoUsd) };
}
