import type { Fault } from "@meridian/relay-simulator";

/** What a fault does to an attempt that meets it, asked one way. */
export interface FaultEffect {
  /** How the attempt ends, in the words of docs/errors.md; "ok": the fault does no harm. */
  readonly outcome: string;
  /** The Connect code of a call that ends with it. */
  readonly code: string;
  /** How often a candidate that keeps failing is asked before the next one is; 0: nobody is asked any more. */
  readonly tries: number;
  /** Whether the fault shows after the first content. */
  readonly isSeen: boolean;
  /** Whether the attempts after it ask for whole answers. */
  readonly thenWhole: boolean;
  /** Where the token counts of an answer come from. */
  readonly usageSource: "reported" | "estimated";
}

/** A fault in the simulator's words, and what it does to a whole answer and to a stream. */
export interface FaultRow {
  readonly fault: string;
  readonly whole: FaultEffect;
  readonly streamed: FaultEffect;
}

const harmless: FaultEffect = {
  outcome: "ok",
  code: "ok",
  tries: 1,
  isSeen: false,
  thenWhole: false,
  usageSource: "reported",
};
const moves = (code: string, outcome: string, tries = 1): FaultEffect => ({ ...harmless, code, outcome, tries });
const stops = (code: string, outcome: string): FaultEffect => moves(code, outcome, 0);
const seen = (effect: FaultEffect): FaultEffect => ({ ...effect, isSeen: true });

const invalid = stops("invalid_argument", "invalid_request");
const rejected = moves("unavailable", "credential_rejected");
const limited = moves("resource_exhausted", "rate_limited", 3);
const overloaded = moves("unavailable", "overloaded", 2);
const unreachable = moves("unavailable", "connection_failed", 2);
const malformed = moves("internal", "malformed_answer");
const truncated = moves("aborted", "stream_truncated");
const tooSlow = moves("unavailable", "attempt_limit");
const noHeaders = moves("unavailable", "headers_limit");
const noFirstToken: FaultEffect = { ...moves("unavailable", "first_token_limit"), thenWhole: true };
const fellSilent = seen(moves("unavailable", "idle_limit"));
const uncounted: FaultEffect = { ...harmless, usageSource: "estimated" };

const row = (fault: string, whole: FaultEffect, streamed = whole): FaultRow => ({ fault, whole, streamed });

/**
 * Every kind of fault that the simulator has, with what it leads to by docs/errors.md. A new kind does not compile until it
 * has its rows.
 */
export const faultRows: Readonly<Record<Fault["kind"], readonly FaultRow[]>> = {
  status: [
    row("status-400", invalid),
    row("status-413", invalid),
    row("status-422", invalid),
    row("content-policy-violation", stops("invalid_argument", "content_policy")),
    row("context-length-exceeded", moves("invalid_argument", "context_too_long")),
    row("status-401", rejected),
    row("status-403", rejected),
    row("status-402", moves("resource_exhausted", "credit_exhausted")),
    row("status-404", moves("not_found", "model_missing")),
    row("status-429", limited),
    row("status-429;retry-after=0", limited),
    row("status-429;retry-after-text=0.1", limited),
    row("status-429;body=html", limited),
    row("status-408", overloaded),
    row("status-500", overloaded),
    row("status-502;body=html", overloaded),
    row("status-503", overloaded),
    row("status-503;body=empty", overloaded),
    row("status-504", overloaded),
    row("status-529", overloaded),
  ],
  refused: [row("refused", unreachable)],
  reset: [row("reset", unreachable)],
  cut: [
    row("cut;after=0", truncated),
    row("cut;after=3", truncated, seen(truncated)),
    row("cut;after=30", truncated, seen(truncated)),
  ],
  silent: [row("silent", tooSlow, noHeaders)],
  "slow-first-token": [row("slow-first-token;delay=20000;keep-alive=50", tooSlow, noFirstToken)],
  stall: [row("stall;after=0", tooSlow, noFirstToken), row("stall;after=3", tooSlow, fellSilent)],
  "malformed-json": [row("malformed-json", malformed)],
  "malformed-event": [row("malformed-event", harmless), row("malformed-event;after=0", harmless)],
  "no-done": [row("no-done", harmless)],
  "no-finish-reason": [row("no-finish-reason", malformed, seen(truncated))],
  "huge-line": [row("huge-line;bytes=4194304", malformed)],
  "error-body": [
    row("error-body", overloaded),
    row("error-body;code=rate_limit_exceeded", limited),
    row("error-body;code=invalid_api_key", rejected),
  ],
  "error-event": [row("error-event;after=0", overloaded), row("error-event;after=3", overloaded, seen(overloaded))],
  "wrong-content-type": [row("wrong-content-type", malformed)],
  "reject-prefill": [row("reject-prefill", harmless)],
  "no-usage": [row("no-usage", uncounted)],
  "hang-after-finish": [row("hang-after-finish", tooSlow, harmless)],
};
