import type { Clock } from "@meridian/core";
import { type DestinationStream, type Logger, pino } from "pino";
import { describeFault } from "./describe-fault.js";
import type { CallRecord, Recorder } from "./recorder.js";

/** From the most to the least talkative. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

/** Names that hold secrets in objects that others make, such as Node's own headers. */
const redactedPaths = ["authorization", "headers.authorization", "*.headers.authorization", "key", "*.key"];

/** What may wait for a reader of the log that has stopped reading; lines above it are lost, not kept for ever. */
const maxPendingBytes = 16 * 1024 * 1024;

/**
 * The most that is written in one piece where others write to the same pipe: Linux puts longer writes together in any order
 * where the reader is slow. A line that is longer is one write all the same, and may be torn.
 *
 * @see https://man7.org/linux/man-pages/man7/pipe.7.html PIPE_BUF
 */
const maxSharedWriteBytes = 4_096;

/** The most that is written in one piece where nobody else does: what a pipe of Linux holds. */
const maxWriteBytes = 65_536;

/** How long a line may wait for others to be written with it: a write of its own for each costs as much as planning a route. */
const flushMs = 100;

/** Where lines go. */
export interface LogDestination extends DestinationStream {
  /** Writes what waits. */
  flushSync(): void;
}

/** Opens standard error for a log; `isShared` where other processes write to it too. What waits is written when the process exits. */
export function standardError(isShared = false): LogDestination {
  const maxWrite = isShared ? maxSharedWriteBytes : maxWriteBytes;
  const destination = pino.destination({
    fd: 2,
    sync: false,
    maxLength: maxPendingBytes,
    maxWrite,
    // Each goes to another thread and back: the fewer, the better, and with the line that fills it it is still one.
    minLength: Math.floor(maxWrite * 0.9),
    contentMode: "buffer",
  });
  // Its own timer wakes the process, and another thread, ten times a second, whether there is something to write or not.
  let isFlushDue = false;
  const flush = () => {
    isFlushDue = false;
    destination.flush();
  };
  // What waits as text it would lay out anew with each line. Its typings know of text alone.
  const bytes: { write(data: string | Uint8Array): boolean } = destination;
  return {
    write(line: string) {
      bytes.write(Buffer.from(line));
      if (isFlushDue) return;
      isFlushDue = true;
      setTimeout(flush, flushMs).unref();
    },
    // pino asks for it, by this name, before a fatal line ends the process.
    flushSync: () => destination.flushSync(),
  };
}

/**
 * Creates the log: one JSON object a line, to standard error unless told otherwise, so that standard output stays for
 * what a command prints.
 */
export function createLogger(level: LogLevel, destination: DestinationStream = standardError()): Logger {
  const options = {
    level,
    base: null,
    timestamp: timeText,
    // Errors without their words, which may quote a prompt.
    serializers: { err: (error: unknown) => describeFault(error) },
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: redactedPaths, censor: "[redacted]" },
  };
  return pino(options, destination);
}

let timeMs = 0;
let timeField = "";

/** As pino's own `isoTime`, but the lines of a millisecond share the work. */
function timeText(): string {
  const nowMs = Date.now();
  if (nowMs !== timeMs) {
    timeMs = nowMs;
    timeField = `,"time":"${new Date(nowMs).toISOString()}"`;
  }
  return timeField;
}

/** Refusals that cost a caller next to nothing: of the lines about each, one in so many milliseconds is written. */
const cheapRefusals: readonly (string | undefined)[] = ["too_many_calls", "unauthenticated"];
const refusalLineMs = 1_000;

/** What the lines about calls depend on. */
export interface CallLogOptions {
  readonly clock: Pick<Clock, "now">;
  /** Gives a number of [0, 1). */
  readonly random: () => number;
  /** The share of the answered calls that gets a line, 0 to 1: asked for each. */
  readonly sampleSuccesses: () => number;
}

/**
 * Logs one line per call, at `info`, or at `warn` for a call that failed by no fault of the caller's. Of the calls that were
 * answered it is only the share asked for. Calls refused because
 * there are too many, or because nobody knows their caller, get one line a second, with their number: a process that has no
 * time for calls has none for lines.
 */
export function createLogRecorder(logger: Logger, { clock, random, sampleSuccesses }: CallLogOptions): Recorder {
  const refused = new Map<string, { calls: number; lineAtMs: number }>();
  const destination: DestinationStream = Reflect.get(logger, pino.symbols.streamSym);
  /** What each of its lines has, such as the number of the worker. */
  const bindings: string = Reflect.get(logger, pino.symbols.chindingsSym);
  const isSampled = () => {
    const share = sampleSuccesses();
    return share === 1 || random() < share;
  };
  return {
    callStarted() {},
    callEnded(record) {
      if (record.reason !== undefined && cheapRefusals.includes(record.reason)) {
        const state = refused.get(record.reason) ?? { calls: 0, lineAtMs: Number.NEGATIVE_INFINITY };
        refused.set(record.reason, state);
        state.calls += 1;
        if (clock.now() - state.lineAtMs < refusalLineMs) return;
        state.lineAtMs = clock.now();
        logger.warn({ ...lineOf(record), refusedCalls: state.calls }, "calls refused");
        state.calls = 0;
        return;
      }
      if (record.code === "ok" && !isSampled()) return;
      const isOurs = record.code === "unavailable" || record.code === "internal" || record.code === "aborted";
      const level = isOurs ? "warn" : "info";
      if (logger.isLevelEnabled(level)) destination.write(callLine(level, bindings, lineOf(record)));
    },
  };
}

/**
 * The line that pino would write of it, which takes twice as long: it goes through the fields one by one, and looks for secrets. What
 * stands in these lines is `lineOf`'s alone, and none.
 */
function callLine(level: "info" | "warn", bindings: string, line: object): string {
  return `{"level":"${level}"${timeText()}${bindings},${JSON.stringify(line).slice(1, -1)},"msg":"call"}\n`;
}

function lineOf(record: CallRecord): object {
  const { plan, attempts } = record;
  const costNanoUsd = attempts.reduce((sum, attempt) => sum + attempt.costNanoUsd, 0n);
  return {
    requestId: record.requestId,
    tenant: record.tenant,
    rpc: record.rpc,
    protocol: record.protocol,
    code: record.code,
    reason: record.reason,
    country: plan?.location.country,
    countrySource: plan?.location.source,
    tier: plan?.tier,
    score: plan?.signals.learned?.score,
    model: attempts.at(-1)?.deployment.model.id ?? plan?.model,
    cohort: plan?.cohort,
    durationMs: Math.round(record.durationMs),
    firstTokenMs: record.firstTokenMs === undefined ? undefined : Math.round(record.firstTokenMs),
    costNanoUsd: costNanoUsd.toString(),
    cache: record.cache?.result,
    savedCostNanoUsd: record.cache?.savedCostNanoUsd?.toString(),
    configVersion: record.configVersion,
    trace_id: record.span?.traceId,
    span_id: record.span?.spanId,
    attempts: attempts.map((attempt) => ({
      endpoint: attempt.deployment.endpoint.name,
      model: attempt.deployment.model.id,
      credential: attempt.deployment.credential.name,
      transport: attempt.transport,
      outcome: attempt.outcome,
      status: attempt.status,
      startMs: Math.round(attempt.startMs),
      durationMs: Math.round(attempt.durationMs),
    })),
  };
}
