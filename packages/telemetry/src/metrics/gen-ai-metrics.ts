import type { Attempt } from "@meridian/core";
import type { Registry } from "prom-client";
import { type CallRecord, isRoutedChat } from "../recorder.js";
import { firstTokenBuckets, secondsBuckets, tokenBuckets } from "./buckets.js";
import type { CallLabels } from "./call-labels.js";
import { showHistogram } from "./show-histogram.js";

/** Observes what OpenTelemetry has names for. */
export interface GenAiMetrics {
  ended(record: CallRecord, labels: CallLabels): void;
}

// What every series says: the relays speak OpenAI's protocol, and chats are all that they are asked for.
const gen_ai_operation_name = "chat";
const gen_ai_provider_name = "openai";
const alwaysNames = ["gen_ai_operation_name", "gen_ai_provider_name"] as const;
const modelNames = ["gen_ai_request_model", "gen_ai_response_model"] as const;

/**
 * Registers the histograms of OpenTelemetry's conventions for generative AI: Meridian is the server of its callers and the
 * client of relays. Labels beyond those of the conventions have no prefix.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
 */
export function createGenAiMetrics(registry: Registry): GenAiMetrics {
  const requestSeconds = showHistogram(registry, {
    name: "gen_ai_server_request_duration_seconds",
    help: "From the arrival of a chat that had a route to its end.",
    labelNames: [...alwaysNames, ...modelNames, "error_type", "region", "rpc"],
    buckets: secondsBuckets,
  });
  const firstTokenSeconds = showHistogram(registry, {
    name: "gen_ai_server_time_to_first_token_seconds",
    help: "From the arrival of a streamed chat to its first content.",
    labelNames: [...alwaysNames, ...modelNames, "region", "endpoint"],
    buckets: firstTokenBuckets,
  });
  const attemptSeconds = showHistogram(registry, {
    name: "gen_ai_client_operation_duration_seconds",
    help: "How long a call to a relay took.",
    labelNames: [...alwaysNames, "gen_ai_request_model", "error_type", "endpoint", "transport"],
    buckets: secondsBuckets,
  });
  const tokens = showHistogram(registry, {
    name: "gen_ai_client_token_usage",
    help: "Tokens of a call to a relay.",
    labelNames: [...alwaysNames, "gen_ai_request_model", "gen_ai_token_type"],
    buckets: tokenBuckets,
  });

  const observeAttempt = ({ deployment, transport, outcome, durationMs, usage }: Attempt) => {
    const endpoint = deployment.endpoint.name;
    const gen_ai_request_model = deployment.model.id;
    const error_type = outcome === "ok" ? "" : outcome;
    attemptSeconds(
      { gen_ai_operation_name, gen_ai_provider_name, gen_ai_request_model, error_type, endpoint, transport },
      durationMs / 1000,
    );
    if (usage === undefined) return;
    const observeTokens = (gen_ai_token_type: string, count: number) =>
      tokens({ gen_ai_operation_name, gen_ai_provider_name, gen_ai_request_model, gen_ai_token_type }, count);
    observeTokens("input", usage.promptTokens);
    observeTokens("output", usage.completionTokens);
  };

  return {
    ended(record, labels) {
      const { attempts, durationMs, firstTokenMs } = record;
      for (const attempt of attempts) observeAttempt(attempt);
      if (!isRoutedChat(record)) return;
      const { rpc, region, code } = labels;
      const gen_ai_request_model = labels.plannedModel;
      const gen_ai_response_model = labels.model;
      const error_type = code === "ok" ? "" : code;
      const endpoint = attempts.at(-1)?.deployment.endpoint.name ?? "";
      const all = {
        gen_ai_operation_name,
        gen_ai_provider_name,
        gen_ai_request_model,
        gen_ai_response_model,
        error_type,
        region,
        rpc,
        endpoint,
      };
      requestSeconds(all, durationMs / 1000);
      if (firstTokenMs !== undefined) firstTokenSeconds(all, firstTokenMs / 1000);
    },
  };
}
