import { toJson } from "@bufbuild/protobuf";
import { isJsonObject, type JsonObject, type JsonValue, type Usage } from "@meridian/core";
import { RouteReportSchema } from "@meridian/inference-proto";
import type { AnsweredChat } from "../handlers/chat.js";
import { type ReportSource, routeReportFrom } from "../translate/route-report.js";

/**
 * The relay's own JSON with what Meridian knows better: the model by its id in the catalogue, the usage where the relay told
 * none, and the route where it is asked for. Whatever else is in it comes as it is.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/object
 */
export function chatCompletionFrom({ completed, report }: AnsweredChat, includesRoute: boolean): JsonObject {
  const { answer, usage, deployment } = completed;
  const { source = {} } = answer;
  return {
    ...source,
    model: deployment.model.id,
    ...(usage === undefined ? {} : { usage: usageBody(usage, source["usage"]) }),
    ...(includesRoute ? { meridian: routeBody(report) } : {}),
  };
}

/** The usage as the relay told it; where it told none, as Meridian counted, with `"source": "estimated"`. */
export function usageBody(usage: Usage, told: JsonValue | undefined): JsonObject {
  if (usage.provenance === "reported" && isJsonObject(told)) return told;
  const { promptTokens, completionTokens, cachedTokens, reasoningTokens, provenance } = usage;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
    source: provenance,
  };
}

/** The report of a route, as the contract has it in JSON. */
export function routeBody(report: ReportSource): JsonObject {
  const json = toJson(RouteReportSchema, routeReportFrom(report), { useProtoFieldName: true });
  return isJsonObject(json) ? json : {};
}
