import { fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { isJsonObject } from "@meridian/core";
import {
  type ChatResponse,
  collect,
  createInferenceClient,
  InferenceError,
  type RouteReport,
} from "@meridian/inference-client";
import { ChatRequestSchema, RouteReportSchema } from "@meridian/inference-proto";
import type { TestProxy } from "./start-test-proxy.js";

/** How an answer is asked for. */
export type Form = "whole" | "streamed";

/** What a chat came to, in the same words for both faces of the proxy. */
export interface FaceOutcome {
  /** Of choice 0. Empty where the call failed. */
  readonly text: string;
  readonly finishReason: string;
  /** Undefined where the call failed. */
  readonly usage: CountedUsage | undefined;
  /** Without what differs from call to call and from proxy to proxy: the id, times, and the configuration's version. */
  readonly route: RouteReport;
  /** The route's headers. */
  readonly headers: Readonly<Record<string, string | null>>;
}

interface CountedUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly source: string;
}

/** Asks through `InferenceService`. */
export async function askService(
  { proxy }: TestProxy,
  form: Form,
  body: JsonObject,
  headers: Readonly<Record<string, string>>,
): Promise<FaceOutcome> {
  const client = createInferenceClient({ baseUrl: proxy.url });
  let answerHeaders = new Headers();
  const options = {
    headers,
    onHeader: (got: Headers) => {
      answerHeaders = got;
    },
  };
  const request = fromJson(ChatRequestSchema, body);
  try {
    const answer = await (form === "whole"
      ? client.chat(request, options)
      : collect(client.streamChat(request, options)));
    return answerOf(answer, answerHeaders);
  } catch (error) {
    if (!(error instanceof InferenceError)) throw error;
    return failureOf(error.route, error.headers);
  } finally {
    client.close();
  }
}

function answerOf({ choices, usage, route }: ChatResponse, headers: Headers): FaceOutcome {
  const [choice] = choices;
  return {
    text: choice?.message?.content ?? "",
    finishReason: choice?.finishReason ?? "",
    usage: usage && {
      promptTokens: usage.promptTokens,
      completionTokens: usage.completionTokens,
      totalTokens: usage.totalTokens,
      cachedTokens: usage.cachedTokens,
      reasoningTokens: usage.reasoningTokens,
      source: usage.source,
    },
    route: timeless(route),
    headers: routeHeadersOf(headers),
  };
}

/** Asks through `/v1/chat/completions`. */
export async function askOpenAi(
  { proxy }: TestProxy,
  form: Form,
  body: JsonObject,
  headers: Readonly<Record<string, string>>,
): Promise<FaceOutcome> {
  const meridian = { ...objectIn(body, "meridian"), report: true };
  const streaming = form === "whole" ? {} : { stream: true, stream_options: { include_usage: true } };
  const response = await fetch(`${proxy.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ ...body, ...streaming, meridian }),
  });
  const text = await response.text();
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const parts = isStream ? text.split("\n\n").flatMap(chunkIn) : [objectFrom(text)];
  const failed = parts.find((part) => "error" in part);
  if (failed !== undefined) return failureOf(reportIn(objectIn(failed, "error")), response.headers);
  const choices = parts.flatMap((part) => listIn(part, "choices").filter(({ index }) => index === 0));
  const messages = choices.map((choice) => objectIn(choice, isStream ? "delta" : "message"));
  const last = parts.at(-1) ?? {};
  return {
    text: messages.map(({ content }) => (typeof content === "string" ? content : "")).join(""),
    finishReason: choices.map((choice) => choice["finish_reason"]).findLast(isText) ?? "",
    usage: "usage" in last ? countedIn(objectIn(last, "usage")) : undefined,
    route: timeless(reportIn(last)),
    headers: routeHeadersOf(response.headers),
  };
}

function countedIn(usage: JsonObject): CountedUsage {
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: totalTokens } = usage;
  const { source = "reported" } = usage;
  return {
    promptTokens: Number(promptTokens),
    completionTokens: Number(completionTokens),
    totalTokens: Number(totalTokens),
    cachedTokens: Number(objectIn(usage, "prompt_tokens_details")["cached_tokens"] ?? 0),
    reasoningTokens: Number(objectIn(usage, "completion_tokens_details")["reasoning_tokens"] ?? 0),
    source: isText(source) ? source : "",
  };
}

function failureOf(route: RouteReport | undefined, headers: Headers): FaceOutcome {
  return { text: "", finishReason: "", usage: undefined, route: timeless(route), headers: routeHeadersOf(headers) };
}

function timeless(route: RouteReport | undefined): RouteReport {
  if (route === undefined) throw new Error("there is no report of the route");
  const attempts = route.attempts.map((attempt) => ({ ...attempt, startMs: 0, durationMs: 0 }));
  return { ...route, requestId: "", configVersion: "", attempts };
}

function routeHeadersOf(headers: Headers) {
  return Object.fromEntries(["x-model-routed", "x-region-code"].map((name) => [name, headers.get(name)]));
}

function reportIn(part: JsonObject): RouteReport {
  return fromJson(RouteReportSchema, part["meridian"] ?? null);
}

function chunkIn(event: string): readonly JsonObject[] {
  const data = event.startsWith("data: ") ? event.slice("data: ".length) : "[DONE]";
  return data === "[DONE]" ? [] : [objectFrom(data)];
}

function objectFrom(text: string): JsonObject {
  const value: JsonValue = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error(`not an object: ${text}`);
  return value;
}

function objectIn(values: JsonObject, key: string): JsonObject {
  const value = values[key];
  return isJsonObject(value) ? value : {};
}

function listIn(values: JsonObject, key: string): readonly JsonObject[] {
  const list = values[key] ?? null;
  return Array.isArray(list) ? list.filter((item): item is JsonObject => isJsonObject(item)) : [];
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === "string";
}
