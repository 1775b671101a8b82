import { type DestinationStream, type Logger, pino } from "pino";
import type { CallRecord, Recorder } from "./recorder.js";

/** From the most to the least talkative. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

/** Names that hold secrets in objects that others make, such as Node's own headers. */
const redactedPaths = ["authorization", "headers.authorization", "*.headers.authorization", "key", "*.key"];

/** What may wait for a reader of the log that has stopped reading; lines above it are lost, not kept for ever. */
const maxPendingBytes = 16 * 1024 * 1024;

/**
 * Creates the log: one JSON object a line, to standard error unless told otherwise, so that standard output stays for
 * what a command prints.
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: redactedPaths, censor: "[redacted]" },
  };
  return pino(options, destination ?? pino.destination({ fd: 2, sync: false, maxLength: maxPendingBytes }));
}

/** Logs one line per call, at `info`, or at `warn` for a call that failed by no fault of the caller's. */
export function createLogRecorder(logger: Logger): Recorder {
  return {
    callStarted() {},
    callEnded(record) {
      const isOurs = record.code === "unavailable" || record.code === "internal" || record.code === "aborted";
      const level = isOurs ? "warn" : "info";
      if (logger.isLevelEnabled(level)) logger[level](lineOf(record), "call");
    },
  };
}

function lineOf({ plan, attempts, ...record }: CallRecord): object {
  const costNanoUsd = attempts.reduce((sum, attempt) => sum + attempt.costNanoUsd, 0n);
  return {
    requestId: record.requestId,
    rpc: record.rpc,
    protocol: record.protocol,
    code: record.code,
    reason: record.reason,
    country: plan?.location.country,
    countrySource: plan?.location.source,
    tier: plan?.tier,
    model: attempts.at(-1)?.deployment.model.id ?? plan?.model,
    cohort: plan?.cohort,
    durationMs: Math.round(record.durationMs),
    firstTokenMs: record.firstTokenMs === undefined ? undefined : Math.round(record.firstTokenMs),
    costNanoUsd: costNanoUsd.toString(),
    configVersion: record.configVersion,
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
