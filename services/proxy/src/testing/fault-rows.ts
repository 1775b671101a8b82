import { firstModel, secondModel } from "./use-fault-proxy.js";

/** What a fault leads to, for one RPC. Attempts are "model transport outcome", see `attemptsOf`. */
export interface Expected {
  /** The attempts where only the first model has the fault. */
  readonly onFirst: readonly string[];
  /** The attempts where both have it. */
  readonly onBoth: readonly string[];
  /** What a call ends with whose last attempt is not "ok": the Connect code and the error's reason. */
  readonly code: string;
  readonly reason: string;
  /** Where an answer's token counts come from. Default: "reported". */
  readonly usageSource?: "estimated";
}

/** A row of the table: a fault in the simulator's words, and what it leads to. */
export interface FaultRow {
  readonly fault: string;
  readonly Chat: Expected;
  readonly StreamChat: Expected;
}

type Steps = (transport: "unary" | "stream") => Expected;

const attempts = (model: string, transport: string, outcome: string, times = 1): readonly string[] =>
  Array<string>(times).fill(`${model} ${transport} ${outcome}`);

/** The fault does no harm. */
const passes: Steps = (transport) => {
  const answered = attempts(firstModel, transport, "ok");
  return { onFirst: answered, onBoth: answered, code: "ok", reason: "" };
};

const passesUncounted: Steps = (transport) => ({ ...passes(transport), usageSource: "estimated" });

/** Each model is asked so many times before the call moves on. */
const moves =
  (code: string, reason: string, times = 1): Steps =>
  (transport) => ({
    onFirst: [...attempts(firstModel, transport, reason, times), ...attempts(secondModel, transport, "ok")],
    onBoth: [...attempts(firstModel, transport, reason, times), ...attempts(secondModel, transport, reason, times)],
    code,
    reason,
  });

/** The call ends with the first attempt, whoever else might answer. */
const stops =
  (code: string, reason: string): Steps =>
  (transport) => {
    const failed = attempts(firstModel, transport, reason);
    return { onFirst: failed, onBoth: failed, code, reason };
  };

/** A stream without a first token: the next model is asked for a whole answer, which fails with `unaryOutcome`. */
const movesToUnary =
  (unaryOutcome: string): Steps =>
  () => {
    const silent = attempts(firstModel, "stream", "first_token_limit");
    return {
      onFirst: [...silent, ...attempts(secondModel, "unary", "ok")],
      onBoth: [...silent, ...attempts(secondModel, "unary", unaryOutcome)],
      code: "unavailable",
      reason: "first_token_limit",
    };
  };

const row = (fault: string, chat: Steps, stream: Steps = chat): FaultRow => ({
  fault,
  Chat: chat("unary"),
  StreamChat: stream("stream"),
});

const overloaded = moves("unavailable", "overloaded", 2);
const malformed = moves("internal", "malformed_answer");
const tooSlow = moves("unavailable", "attempt_limit");
const refused = stops("invalid_argument", "invalid_request");

/** Every fault of the simulator but `refused`, which takes the whole port. The steps and codes are those of docs/errors.md. */
export const faultRows: readonly FaultRow[] = [
  row("status-400", refused),
  row("status-413", refused),
  row("status-422", refused),
  row("content-policy-violation", stops("invalid_argument", "content_policy")),
  row("context-length-exceeded", moves("invalid_argument", "context_too_long")),
  row("status-401", moves("unavailable", "credential_rejected")),
  row("status-403", moves("unavailable", "credential_rejected")),
  row("status-402", moves("resource_exhausted", "credit_exhausted")),
  row("status-404", moves("not_found", "model_missing")),
  row("status-429", moves("resource_exhausted", "rate_limited", 3)),
  row("status-429;retry-after=0", moves("resource_exhausted", "rate_limited", 3)),
  row("status-429;body=html", moves("resource_exhausted", "rate_limited", 3)),
  row("status-408", overloaded),
  row("status-500", overloaded),
  row("status-502;body=html", overloaded),
  row("status-503", overloaded),
  row("status-503;body=empty", overloaded),
  row("status-504", overloaded),
  row("status-529", overloaded),
  row("reset", moves("unavailable", "connection_failed", 2)),
  row("cut;after=0", moves("aborted", "stream_truncated")),
  row("cut;after=3", moves("aborted", "stream_truncated"), stops("aborted", "stream_truncated")),
  row("silent", tooSlow, moves("unavailable", "headers_limit")),
  row("slow-first-token;delay=20000;keep-alive=50", tooSlow, movesToUnary("attempt_limit")),
  row("stall;after=0", tooSlow, movesToUnary("attempt_limit")),
  row("stall;after=3", tooSlow, stops("unavailable", "idle_limit")),
  row("malformed-json", malformed),
  row("malformed-event", passes),
  row("malformed-event;after=0", passes),
  row("no-done", passes),
  row("no-finish-reason", malformed, stops("aborted", "stream_truncated")),
  row("huge-line;bytes=4194304", malformed),
  row("error-body", overloaded),
  row("error-body;code=rate_limit_exceeded", moves("resource_exhausted", "rate_limited", 3)),
  row("error-body;code=invalid_api_key", moves("unavailable", "credential_rejected")),
  row("error-event;after=0", overloaded),
  row("error-event;after=3", overloaded, stops("unavailable", "overloaded")),
  row("wrong-content-type", malformed),
  row("no-usage", passesUncounted),
  row("hang-after-finish", tooSlow, passes),
];
