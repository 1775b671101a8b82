import type { Attempt, Deployment, RoutePlan, Transport } from "@meridian/core";
import { InferenceService } from "@meridian/inference-proto";
import type { CallRecord } from "@meridian/telemetry";
import { openAiStatus } from "../errors/openai-error.js";
import type { TracedCall } from "./call-trace.js";

// OpenTelemetry's names of 2026, as strings: GenAI's and RPC's are in its packages only as "incubating".
// https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/client-inference.md
// https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/

/** Attributes of a span; those that are undefined are left out. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** A span as it begins. */
export interface SpanStart {
  readonly name: string;
  readonly attributes: SpanAttributes;
}

/** A span as it ends. */
export interface SpanEnd {
  readonly attributes: SpanAttributes;
  readonly isError: boolean;
}

/** The call's own span as the call comes: an RPC, or a request of the OpenAI-compatible front. */
export function callSpanStart({ rpc, protocol }: Pick<TracedCall, "rpc" | "protocol">): SpanStart {
  if (protocol !== "openai") {
    const method = `${InferenceService.typeName}/${rpc}`;
    const system = protocol === "connect" ? "connectrpc" : "grpc";
    return { name: method, attributes: { "rpc.system.name": system, "rpc.method": method } };
  }
  const route = rpc === "ListModels" ? "/v1/models" : rpc === "unknown" ? undefined : "/v1/chat/completions";
  const method = rpc === "ListModels" ? "GET" : rpc === "unknown" ? "_OTHER" : "POST";
  const name = route === undefined ? "HTTP" : `${method} ${route}`;
  return { name, attributes: { "http.request.method": method, "http.route": route } };
}

/** The call's own span as the call ends. */
export function callSpanEnd({ plan, attempts, code, reason, protocol, ...record }: CallRecord): SpanEnd {
  const costNanoUsd = attempts.reduce((sum, attempt) => sum + attempt.costNanoUsd, 0n);
  const isError = serverErrors.has(code);
  const answeredBy = record.cache?.result === "hit" ? plan?.model : attempts.at(-1)?.deployment.model.id;
  return {
    isError,
    // One literal: objects spread into each other cost several times as much.
    attributes: {
      "http.response.status_code": protocol === "openai" ? openAiStatus(code, reason) : undefined,
      "rpc.response.status_code": rpcStatus(code, protocol),
      "error.type": isError ? code : undefined,
      "meridian.request_id": record.requestId,
      "meridian.tenant": record.tenant,
      "meridian.config_version": record.configVersion,
      "meridian.reason": reason,
      "meridian.country": plan?.location.country,
      "meridian.tier": plan?.tier,
      "meridian.cohort": plan?.cohort,
      "meridian.model": plan?.model,
      "gen_ai.response.model": code === "ok" ? answeredBy : undefined,
      "meridian.attempts": attempts.length,
      "meridian.cache": record.cache?.result,
      // Exact up to 2^53, nine million USD.
      "meridian.cost_nano_usd": Number(costNanoUsd),
    },
  };
}

function rpcStatus(code: string, protocol: string): string | undefined {
  if (protocol === "openai") return undefined;
  // Connect has no word for an answer, and gRPC one L more.
  if (protocol === "connect") return code === "ok" ? undefined : code;
  return code === "canceled" ? "CANCELLED" : code.toUpperCase();
}

/**
 * What a server's span counts as an error, by OpenTelemetry's list; and a stream that was cut, which is no fault of the
 * caller's either.
 */
const serverErrors: ReadonlySet<string> = new Set([
  "unknown",
  "deadline_exceeded",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "aborted",
]);

/** An attempt's span as it begins. */
export function attemptSpanStart({ endpoint, model, credential }: Deployment, transport: Transport): SpanStart {
  const { hostname, port, protocol } = new URL(endpoint.baseUrl);
  return {
    name: `chat ${model.upstreamName}`,
    attributes: {
      "gen_ai.operation.name": "chat",
      // Of the form that is spoken; whose model it is, the endpoint says.
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": model.upstreamName,
      "gen_ai.request.stream": transport === "stream",
      "server.address": hostname,
      "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
      "meridian.endpoint": endpoint.name,
      "meridian.endpoint.region": endpoint.region,
      "meridian.model": model.id,
      "meridian.credential": credential.name,
    },
  };
}

/** An attempt's span as the attempt ends. */
export function attemptSpanEnd({ outcome, status, usage, ...attempt }: Attempt, plan: RoutePlan | undefined): SpanEnd {
  const isError = outcome !== "ok";
  const { firstContentMs } = attempt;
  return {
    isError,
    attributes: {
      "error.type": isError ? outcome : undefined,
      "http.response.status_code": status === 0 ? undefined : status,
      "gen_ai.request.max_tokens": plan?.maxTokens,
      "gen_ai.request.temperature": plan?.temperature,
      "gen_ai.response.time_to_first_chunk": firstContentMs === undefined ? undefined : firstContentMs / 1_000,
      "gen_ai.usage.input_tokens": usage?.promptTokens,
      "gen_ai.usage.output_tokens": usage?.completionTokens,
      "gen_ai.usage.cache_read.input_tokens": usage?.cachedTokens || undefined,
      "gen_ai.usage.reasoning.output_tokens": usage?.reasoningTokens || undefined,
      "meridian.outcome": outcome,
      "meridian.cost_nano_usd": Number(attempt.costNanoUsd),
      "meridian.cost_source": attempt.costProvenance,
    },
  };
}
