import type { AnswerChoice, Attempt, LearnedReading, TokenLogprob, ToolCall, Usage } from "@meridian/core";
import type { AnsweredChat } from "../handlers/chat.js";
import type { ReportSource } from "../translate/route-report.js";
import type { FieldSink } from "./field-sink.js";

// The messages of the contract, field by field: to the byte what Protobuf's own encoders make of `chatResponseFrom`. They
// pass several layers for each field, and first make the message.

/** ChatResponse. */
export function writeAnswer(sink: FieldSink, { completed, report }: AnsweredChat): void {
  const { answer, usage, deployment } = completed;
  sink.text(1, "id", answer.id);
  sink.int64(2, "created", answer.created);
  sink.text(3, "model", deployment.model.id);
  sink.messages(4, "choices", answer.choices, writeChoice);
  sink.message(5, "usage", usage, writeUsage);
  sink.message(6, "route", report, writeReport);
}

/** Usage. */
export function writeUsage(sink: FieldSink, usage: Usage): void {
  sink.int32(1, "prompt_tokens", usage.promptTokens);
  sink.int32(2, "completion_tokens", usage.completionTokens);
  sink.int32(3, "total_tokens", usage.promptTokens + usage.completionTokens);
  sink.int32(4, "cached_tokens", usage.cachedTokens);
  sink.int32(5, "reasoning_tokens", usage.reasoningTokens);
  sink.text(6, "source", usage.provenance);
}

/** RouteReport. */
export function writeReport(sink: FieldSink, report: ReportSource): void {
  const { plan, attempts, cache } = report;
  const deployment = report.answering ?? attempts.at(-1)?.deployment;
  let totalNanoUsd = 0n;
  let isEstimated = false;
  for (const { costNanoUsd, costProvenance } of attempts) {
    totalNanoUsd += costNanoUsd;
    isEstimated ||= costProvenance === "estimated";
  }
  sink.text(1, "request_id", report.requestId);
  sink.text(2, "country", plan.location.country);
  sink.text(3, "country_source", plan.location.source);
  sink.text(4, "tier", plan.tier);
  sink.texts(5, "reasons", plan.reasons);
  sink.text(6, "model", report.model ?? deployment?.model.id ?? plan.model);
  sink.text(7, "endpoint", deployment?.endpoint.name);
  sink.text(8, "cohort", plan.cohort);
  sink.text(9, "cache", cache?.result ?? "bypass");
  sink.messages(10, "attempts", attempts, writeAttempt);
  sink.int64(11, "total_cost_nano_usd", totalNanoUsd);
  sink.text(12, "cost_source", isEstimated ? "estimated" : "reported");
  sink.text(13, "config_version", report.configVersion);
  sink.int64(14, "saved_cost_nano_usd", cache?.savedCostNanoUsd ?? 0n);
  sink.text(15, "policy", plan.signals.policy);
  sink.message(16, "learned", plan.signals.learned, writeReading);
}

/** Log probabilities of the tokens of a text. */
export function writeLogprob(sink: FieldSink, { token, logprob, bytes, topLogprobs }: TokenLogprob): void {
  writeTopLogprob(sink, { token, logprob, bytes });
  sink.messages(4, "top_logprobs", topLogprobs, writeTopLogprob);
}

function writeTopLogprob(sink: FieldSink, { token, logprob, bytes }: Omit<TokenLogprob, "topLogprobs">): void {
  sink.text(1, "token", token);
  sink.double(2, "logprob", logprob);
  sink.data(3, "bytes", bytes);
}

function writeChoice(sink: FieldSink, choice: AnswerChoice): void {
  const { contentLogprobs, refusalLogprobs } = choice;
  sink.int32(1, "index", choice.index);
  sink.message(2, "message", choice, writeMessage);
  sink.text(3, "finish_reason", choice.finishReason);
  const hasLogprobs = contentLogprobs.length > 0 || refusalLogprobs.length > 0;
  sink.message(4, "logprobs", hasLogprobs ? choice : undefined, writeLogprobs);
}

function writeMessage(sink: FieldSink, { content, reasoning, refusal, toolCalls }: AnswerChoice): void {
  sink.text(1, "role", "assistant");
  // One that has said nothing at all has said the empty text, as in `chatResponseFrom`.
  const isSilent = refusal === undefined && toolCalls.length === 0;
  sink.optionalText(2, "content", content ?? (isSilent ? "" : undefined));
  sink.messages(5, "tool_calls", toolCalls, writeToolCall);
  sink.optionalText(7, "refusal", refusal);
  sink.optionalText(8, "reasoning", reasoning);
}

function writeLogprobs(sink: FieldSink, { contentLogprobs, refusalLogprobs }: AnswerChoice): void {
  sink.messages(1, "content", contentLogprobs, writeLogprob);
  sink.messages(2, "refusal", refusalLogprobs, writeLogprob);
}

function writeToolCall(sink: FieldSink, call: ToolCall): void {
  sink.text(1, "id", call.id);
  sink.text(2, "type", "function");
  sink.message(3, "function", call, writeFunction);
}

function writeFunction(sink: FieldSink, call: ToolCall): void {
  sink.text(1, "name", call.name);
  sink.text(2, "arguments", call.arguments);
}

function writeAttempt(sink: FieldSink, attempt: Attempt): void {
  const { deployment, usage } = attempt;
  sink.text(1, "endpoint", deployment.endpoint.name);
  sink.text(2, "model", deployment.model.id);
  sink.text(3, "credential", deployment.credential.name);
  sink.text(4, "outcome", attempt.outcome);
  sink.int32(5, "status", attempt.status);
  sink.int32(6, "start_ms", Math.round(attempt.startMs));
  sink.int32(7, "duration_ms", Math.round(attempt.durationMs));
  sink.int32(8, "prompt_tokens", usage?.promptTokens);
  sink.int32(9, "completion_tokens", usage?.completionTokens);
  sink.int64(10, "cost_nano_usd", attempt.costNanoUsd);
  sink.text(11, "cost_source", attempt.costProvenance);
  sink.text(12, "transport", attempt.transport);
}

function writeReading(sink: FieldSink, { version, language, score, quantile, cutoffs }: LearnedReading): void {
  sink.text(1, "version", version);
  sink.text(2, "language", language);
  sink.double(3, "score", score);
  sink.double(4, "quantile", quantile);
  sink.double(5, "medium_cutoff", cutoffs.medium);
  sink.double(6, "high_cutoff", cutoffs.high);
}
