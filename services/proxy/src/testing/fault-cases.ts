import type { AttemptLimits } from "@meridian/core";
import type { Rpc } from "./ask.js";
import type { FaultEffect, FaultRow } from "./fault-rows.js";
import { firstModel, secondModel } from "./two-models.js";

/** Where a fault is: on the first answer of the first model, on all of its answers, or on every model's. */
export const places = ["first on the primary", "always on the primary", "on all"] as const;
/** One of `places`. */
export type Place = (typeof places)[number];

const rpcs = ["Chat", "StreamChat"] as const;
/** The commit points that a caller may choose. */
const commits = ["first_token", "restart", "buffered"] as const;

/** One call of the matrix. */
export interface FaultCase {
  readonly fault: string;
  readonly rpc: Rpc;
  readonly place: Place;
  readonly commit: (typeof commits)[number];
  readonly expected: Expected;
}

/** What a call is to come to. */
export interface Expected {
  /** Each as "model transport outcome", see `attemptsOf`. */
  readonly attempts: readonly string[];
  /** "ok", or the Connect code. */
  readonly code: string;
  /** Empty for an answer. */
  readonly reason: string;
  /** The kinds of the events that a stream's caller sees, equal neighbours once. */
  readonly events: readonly string[];
  readonly usageSource: string;
}

/** Every way in which a call can meet the fault of a row. */
export function casesOf(row: FaultRow): readonly FaultCase[] {
  return rpcs.flatMap((rpc) =>
    places.flatMap((place) =>
      commits.map((commit) => ({ fault: row.fault, rpc, place, commit, expected: expect(row, rpc, place, commit) })),
    ),
  );
}

/** The longest that the attempts of a case may take by their limits, in milliseconds. */
export function limitsOf({ expected }: FaultCase, limits: AttemptLimits): number {
  const limitMs: Readonly<Record<string, number>> = {
    headers_limit: limits.headersMs,
    first_token_limit: limits.firstTokenMs,
    idle_limit: limits.idleMs,
    attempt_limit: limits.unaryMs,
  };
  return expected.attempts.reduce((sum, attempt) => sum + (limitMs[attempt.split(" ")[2] ?? ""] ?? 0), 0);
}

function expect(row: FaultRow, rpc: Rpc, place: Place, commit: FaultCase["commit"]): Expected {
  const [transport, effect] = rpc === "Chat" ? (["unary", row.whole] as const) : (["stream", row.streamed] as const);
  const isSeen = effect.isSeen && commit !== "buffered";
  const failing = (model: string, times: number) =>
    Array<string>(times).fill(`${model} ${transport} ${effect.outcome}`);
  const failed = (attempts: readonly string[]): Expected => ({
    attempts,
    code: effect.code,
    reason: effect.outcome,
    events: isSeen ? openings(attempts.length) : [],
    usageSource: "",
  });
  const answered = (failures: readonly string[], model: string, answerTransport: string): Expected => ({
    attempts: [...failures, `${model} ${answerTransport} ok`],
    code: "ok",
    reason: "",
    events: rpc === "Chat" ? [] : [...openings(isSeen ? failures.length + 1 : 1), "end"],
    usageSource: effect.usageSource,
  });

  if (effect.outcome === "ok") return answered([], firstModel, transport);
  if (effect.tries === 0 || (isSeen && commit === "first_token")) return failed(failing(firstModel, 1));
  const isAskedAgain = place === "first on the primary" && effect.tries > 1;
  if (isAskedAgain) return answered(failing(firstModel, 1), firstModel, transport);
  const onFirst = failing(firstModel, place === "first on the primary" ? 1 : effect.tries);
  if (place !== "on all") return answered(onFirst, secondModel, effect.thenWhole ? "unary" : transport);
  return failed([...onFirst, ...(effect.thenWhole ? wholeFailures(row.whole) : failing(secondModel, effect.tries))]);
}

function wholeFailures({ outcome, tries }: FaultEffect): readonly string[] {
  return Array<string>(tries).fill(`${secondModel} unary ${outcome}`);
}

/** What a caller sees of so many attempts, each of which gave some content. */
function openings(attempts: number): readonly string[] {
  return Array.from({ length: attempts }, (_, index) => [index === 0 ? "start" : "restart", "textDelta"]).flat();
}
