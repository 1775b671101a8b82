import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { createFileRegistry, fromBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { vi } from "vitest";

/** A span as a collector gets it. */
export interface ReceivedSpan {
  readonly name: string;
  /** "SERVER" or "CLIENT". */
  readonly kind: string;
  /** In hexadecimal, as the ids of spans. */
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly isError: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string; readonly atMs: number }[];
  /** Of the process that has sent it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A collector's receiver of OTLP over HTTP, in Protobuf. */
export interface OtlpReceiver {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  /** The headers of the last request. */
  lastHeaders(): IncomingHttpHeaders;
  /** Everything that came, as text: to look for what may not be in it. */
  text(): string;
  /** Waits for as many spans of a trace; a call's own comes with the last. */
  spansOf(traceId: string, count: number): Promise<readonly ReceivedSpan[]>;
  close(): Promise<void>;
}

/** Starts a receiver on a free port. It answers each request with `status`. */
export async function startOtlpReceiver({ status = 200 } = {}): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const texts: string[] = [];
  let lastHeaders: IncomingHttpHeaders = {};
  const server = createServer(async (request, response) => {
    const { url, headers } = request;
    lastHeaders = headers;
    const body = await buffer(request);
    const isTraces = url === "/v1/traces" && headers["content-type"] === "application/x-protobuf";
    if (isTraces && status === 200) {
      const message = decoded(body);
      texts.push(JSON.stringify(message));
      spans.push(...spansIn(message));
    }
    response.writeHead(isTraces ? status : 404, { "content-type": "application/x-protobuf" }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Of a server that listens on a port the address is never a path.
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    lastHeaders: () => lastHeaders,
    text: () => texts.join("\n"),
    spansOf: (traceId, count) =>
      vi.waitFor(
        () => {
          const found = spans.filter((span) => span.traceId === traceId);
          if (found.length < count) throw new Error(`${found.length} of ${count} spans: ${JSON.stringify(found)}`);
          return found;
        },
        { timeout: 5_000, interval: 10 },
      ),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/**
 * OpenTelemetry's own descriptors of `ExportTraceServiceRequest`, as the Python package opentelemetry-proto 1.45 has them:
 * nothing of what encodes is used to decode.
 */
const registry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, readFileSync(new URL("otlp-traces.binpb", import.meta.url))),
);

interface AttributeJson {
  readonly key: string;
  readonly value?: Readonly<Record<string, unknown>>;
}

interface SpanJson {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly AttributeJson[];
  readonly events?: readonly { readonly name: string; readonly timeUnixNano: string }[];
  readonly status?: { readonly code?: string };
}

interface RequestJson {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly AttributeJson[] };
    readonly scopeSpans?: readonly { readonly spans?: readonly SpanJson[] }[];
  }[];
}

function decoded(body: Uint8Array): RequestJson {
  const schema = registry.getMessage("opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest");
  if (schema === undefined) throw new Error("the descriptors lack the request");
  // The JSON of a message has the form that its descriptor says.
  return toJson(schema, fromBinary(schema, body), { registry }) as RequestJson;
}

function spansIn({ resourceSpans = [] }: RequestJson): readonly ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({
        name: span.name,
        kind: span.kind.replace("SPAN_KIND_", ""),
        traceId: hexOf(span.traceId),
        spanId: hexOf(span.spanId),
        parentSpanId: hexOf(span.parentSpanId ?? ""),
        traceState: span.traceState ?? "",
        startMs: Number(span.startTimeUnixNano) / 1e6,
        endMs: Number(span.endTimeUnixNano) / 1e6,
        isError: span.status?.code === "STATUS_CODE_ERROR",
        attributes: valuesOf(span.attributes),
        events: (span.events ?? []).map(({ name, timeUnixNano }) => ({ name, atMs: Number(timeUnixNano) / 1e6 })),
        resource: valuesOf(resource?.attributes),
      })),
    ),
  );
}

function valuesOf(attributes: readonly AttributeJson[] = []): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    attributes.map(({ key, value = {} }) => [
      key,
      // The JSON of 64-bit integers is text.
      "intValue" in value ? Number(value["intValue"]) : Object.values(value)[0],
    ]),
  );
}

function hexOf(base64: string): string {
  return Buffer.from(base64, "base64").toString("hex");
}
