import type { TraceContext } from "@meridian/core";
import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { millisToHrTime, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, ConsoleSpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import { version } from "../version.js";
import type { BeginTrace } from "./call-trace.js";
import { createSampler } from "./create-sampler.js";
import { attemptSpanEnd, attemptSpanStart, callSpanEnd, callSpanStart, type SpanEnd } from "./span-attributes.js";
import { traceContextFrom } from "./trace-context.js";
import type { Tracing, TracingWorld } from "./tracing.js";
import type { TraceExporterName, TracingSettings } from "./tracing-settings.js";
import { createLossLog, watchExporter, watchQueue } from "./watch-losses.js";

/** What a collector has to take the last spans, in milliseconds: one that is away must not hold a process that stops. */
const farewellMs = 3_000;

const propagator = new W3CTraceContextPropagator();

/** Creates traces with OpenTelemetry's SDK. To be imported only where they are wanted: it takes its time to load. */
export function createTracing(settings: TracingSettings, world: TracingWorld): Tracing {
  const onLost = createLossLog(world);
  watchQueue(onLost);
  const resource = resourceFromAttributes({ "service.name": "meridian", "service.version": version });
  const exporterOf = (name: TraceExporterName) =>
    name === "otlp" ? new OTLPTraceExporter({ url: settings.otlpUrl }) : new ConsoleSpanExporter();
  const provider = new TracerProvider({
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
    resource: resource.merge(detectResources({ detectors: [envDetector] })),
    sampler: createSampler(settings.sampler),
    spanProcessors: [...settings.exporters].map(
      (name) => new BatchSpanProcessor({ exporter: watchExporter(exporterOf(name), onLost), ...settings.batch }),
    ),
  });
  return {
    begin: beginWith(provider.getTracer("meridian", version), world),
    async close() {
      let cancelFarewell = () => {};
      const farewell = new Promise<void>((resolve) => {
        cancelFarewell = world.clock.schedule(farewellMs, resolve);
      });
      // Whatever fails here has been logged as lost.
      await Promise.race([provider.shutdown().catch(() => {}), farewell]);
      cancelFarewell();
      diag.disable();
    },
  };
}

function beginWith(tracer: Tracer, { clock, timeOfDayMs }: Pick<TracingWorld, "clock" | "timeOfDayMs">): BeginTrace {
  return (call) => {
    const arrivalMs = timeOfDayMs() - (clock.now() - call.arrivedAtMs);
    const at = (afterMs: number) => millisToHrTime(arrivalMs + afterMs);
    const end = (span: Span, { attributes, isError }: SpanEnd, afterMs: number) => {
      span.setAttributes(attributes);
      if (isError) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(at(afterMs));
    };

    const { name, attributes } = callSpanStart(call);
    const outside = contextFrom(traceContextFrom(call.header));
    const callSpan = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes, startTime: at(0) }, outside);
    const inside = trace.setSpan(outside, callSpan);
    if (!callSpan.isRecording()) {
      const unsampled = traceContextOf(inside);
      return { span: undefined, beginAttempt: () => unsampled, end() {} };
    }

    const running = new Map<TraceContext, Span>();
    return {
      span: callSpan.spanContext(),
      beginAttempt({ deployment, transport, startMs }) {
        const start = attemptSpanStart(deployment, transport);
        const options = { kind: SpanKind.CLIENT, attributes: start.attributes, startTime: at(startMs) };
        const span = tracer.startSpan(start.name, options, inside);
        const context = traceContextOf(trace.setSpan(inside, span));
        running.set(context, span);
        return context;
      },
      end(record) {
        for (const attempt of record.attempts) {
          const { traceContext, startMs, durationMs, firstContentMs } = attempt;
          const span = traceContext && running.get(traceContext);
          if (traceContext === undefined || span === undefined) continue;
          running.delete(traceContext);
          if (firstContentMs !== undefined) span.addEvent("first_token", at(startMs + firstContentMs));
          end(span, attemptSpanEnd(attempt, record.plan), startMs + durationMs);
        }
        // A call that ends by a fault of our own does not say what became of its attempts.
        const lost = { isError: true, attributes: { "error.type": record.reason ?? record.code } };
        for (const span of running.values()) end(span, lost, record.durationMs);
        if (record.firstTokenMs !== undefined) callSpan.addEvent("first_token", at(record.firstTokenMs));
        end(callSpan, callSpanEnd(record), record.durationMs);
      },
    };
  };
}

function contextFrom(caller: TraceContext | undefined): Context {
  return caller === undefined ? ROOT_CONTEXT : propagator.extract(ROOT_CONTEXT, caller, defaultTextMapGetter);
}

function traceContextOf(context: Context): TraceContext {
  const headers: { traceparent?: string; tracestate?: string } = {};
  propagator.inject(context, headers, defaultTextMapSetter);
  return { traceparent: headers.traceparent ?? "", tracestate: headers.tracestate || undefined };
}
