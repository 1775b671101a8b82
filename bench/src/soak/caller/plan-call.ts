import { between, pick, type Random } from "../../create-random.js";
import { pacedModels, unpacedModel } from "../soak-config.js";

/** What carries a call. */
export const callProtocols = ["connect over HTTP/1.1", "connect over HTTP/2", "grpc"] as const;

/** One of `callProtocols`. */
export type CallProtocol = (typeof callProtocols)[number];

/** How a caller goes away: by the client's signal, by leaving the iteration, or with its connection. */
export type Leaving = "signal" | "break" | "close-client" | "reset-socket";

/** When it does: so many milliseconds after it has asked, or after so many events of the stream. */
export type LeavingMoment = { readonly afterMs: number } | { readonly afterEvents: number };

/** What a caller is going to do. */
export interface PlannedCall {
  readonly rpc: "Chat" | "StreamChat";
  readonly protocol: CallProtocol;
  readonly model: string;
  readonly maxTokens: number;
  readonly commit: "first_token" | "restart" | "buffered";
  readonly timeoutMs: number;
  /** undefined: the caller stays. */
  readonly leave: (LeavingMoment & { readonly how: Leaving }) | undefined;
  /** How long a slow caller rests after each so many events; undefined: it takes what comes. */
  readonly rest: { readonly everyEvents: number; readonly restMs: number } | undefined;
}

/** The share of calls whose caller goes away before the end. */
const leavingShare = 0.2;
/** The share of streams whose caller reads more slowly than the relay sends. */
const slowShare = 0.03;
/** The share of calls whose caller waits for less time than an answer takes. */
const hurriedShare = 0.05;

/** The length of whole answers: at the slowest pace some seconds. */
const wholeAnswerTokens = 3;

/** The longest that a caller waits, in milliseconds. */
export const maxTimeoutMs = 60_000;

/** Chooses what one call is like. */
export function planCall(random: Random, rpc: PlannedCall["rpc"], answerTokens: number): PlannedCall {
  const isStream = rpc === "StreamChat";
  const isSlow = isStream && random() < slowShare;
  const leave = random() < leavingShare ? planLeaving(random, isStream) : undefined;
  return {
    rpc,
    protocol: leave?.how === "reset-socket" ? "connect over HTTP/1.1" : pick(random, callProtocols),
    model: isSlow ? unpacedModel : pick(random, ["auto", ...pacedModels]),
    maxTokens: maxTokensOf(random, isStream, isSlow, answerTokens),
    commit: pick(random, ["first_token", "first_token", "restart", "buffered"]),
    timeoutMs: isSlow
      ? between(random, 1_000, 5_000)
      : random() < hurriedShare
        ? between(random, 20, 1_000)
        : maxTimeoutMs,
    leave,
    rest: isSlow ? { everyEvents: between(random, 50, 500), restMs: between(random, 100, 1_500) } : undefined,
  };
}

function maxTokensOf(random: Random, isStream: boolean, isSlow: boolean, answerTokens: number): number {
  if (isSlow) return between(random, 1_000, 4_000);
  return isStream ? between(random, Math.ceil(answerTokens / 2), Math.ceil(1.5 * answerTokens)) : wholeAnswerTokens;
}

function planLeaving(random: Random, isStream: boolean): PlannedCall["leave"] {
  const moment: LeavingMoment = pick<() => LeavingMoment>(random, [
    // Before the request is sent, while it is on its way, before the first token.
    () => ({ afterMs: between(random, 0, 20) }),
    () => ({ afterMs: between(random, 0, 3_000) }),
    ...(isStream ? [() => ({ afterEvents: 1 }), () => ({ afterEvents: between(random, 2, 20) })] : []),
  ])();
  if (!isStream) return { ...moment, how: pick(random, ["signal", "signal", "close-client"]) };
  return { ...moment, how: pick(random, ["signal", "signal", "break", "break", "close-client", "reset-socket"]) };
}
