import { DiagLogLevel, diag } from "@opentelemetry/api";
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { TracingWorld } from "./tracing.js";

/** Spans were lost: so many, and why. */
export type SpansLost = (spans: number, cause: string) => void;

/** A collector that is away is away for a while: one line a minute says it. */
const lineMs = 60_000;

/** Logs how many spans were lost, at most once a minute. */
export function createLossLog({ logger, clock }: Pick<TracingWorld, "logger" | "clock">): SpansLost {
  let lostSpans = 0;
  let lineAtMs = Number.NEGATIVE_INFINITY;
  return (spans, cause) => {
    lostSpans += spans;
    if (clock.now() - lineAtMs < lineMs) return;
    lineAtMs = clock.now();
    logger.warn({ lostSpans, cause }, "spans were lost");
    lostSpans = 0;
  };
}

/** The exporter, with what it could not send told. */
export function watchExporter(exporter: SpanExporter, onLost: SpansLost): SpanExporter {
  return {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void) {
      exporter.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) onLost(spans.length, causeOf(result.error));
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

/** Tells of spans that found the queue full. Of all that OpenTelemetry's packages warn of, this alone is let through. */
export function watchQueue(onLost: SpansLost): void {
  const nothing = () => {};
  const warn = (message: string) => {
    const spans = /^Dropped (\d+) spans because maxQueueSize reached/.exec(message)?.[1];
    if (spans !== undefined) onLost(Number(spans), "the queue is full");
  };
  const logger = { error: nothing, warn, info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

/** The collector's status, or the system's word. Never a text: a collector may say in it what it was sent. */
function causeOf(error: Error | undefined): string {
  const inner = error?.cause ?? error;
  const code = typeof inner === "object" && inner !== null && "code" in inner ? inner.code : undefined;
  return code === undefined ? (error?.name ?? "unknown") : String(code);
}
