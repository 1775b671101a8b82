import type { ReportSource } from "../translate/route-report.js";
import type { ContractEvent } from "../translate/stream-event.js";
import { writeLogprob, writeReport, writeUsage } from "./answer-fields.js";
import type { FieldSink } from "./field-sink.js";

/** An event, and what the report so far is made of. */
export interface Reported<Event> {
  readonly event: Event;
  readonly report: () => ReportSource;
}

type EventOf<Type extends ContractEvent["type"]> = Extract<ContractEvent, { readonly type: Type }>;

/** StreamChatResponse, field by field: to the byte what Protobuf's own encoders make of `streamEventFrom`. */
export function writeEvent(sink: FieldSink, { event, report }: Reported<ContractEvent>): void {
  switch (event.type) {
    case "stream-start":
      sink.message(1, "start", { event, report }, writeStart);
      break;
    case "text-delta":
      sink.message(2, "text_delta", event, writeText);
      break;
    case "reasoning-delta":
      sink.message(3, "reasoning_delta", event, writeReasoning);
      break;
    case "tool-call-delta":
      sink.message(4, "tool_call_delta", event, writeToolCall);
      break;
    case "refusal-delta":
      sink.message(5, "refusal_delta", event, writeText);
      break;
    case "stream-restart":
      sink.message(6, "restart", { event, report }, writeRestart);
      break;
    case "stream-end":
      sink.message(7, "end", { event, report }, writeEnd);
  }
}

function writeStart(sink: FieldSink, { event, report }: Reported<EventOf<"stream-start">>): void {
  sink.text(1, "id", event.identity.id);
  sink.int64(2, "created", event.identity.created);
  sink.text(3, "model", event.deployment.model.id);
  sink.message(4, "route", report(), writeReport);
}

function writeText(sink: FieldSink, event: EventOf<"text-delta" | "refusal-delta">): void {
  sink.int32(1, "choice", event.choice);
  sink.text(2, "text", event.text);
  sink.messages(3, "logprobs", event.logprobs, writeLogprob);
}

function writeReasoning(sink: FieldSink, event: EventOf<"reasoning-delta">): void {
  sink.int32(1, "choice", event.choice);
  sink.text(2, "text", event.text);
}

function writeToolCall(sink: FieldSink, event: EventOf<"tool-call-delta">): void {
  sink.int32(1, "choice", event.choice);
  sink.int32(2, "index", event.index);
  sink.text(3, "id", event.id);
  sink.text(4, "name", event.name);
  sink.text(5, "arguments", event.arguments);
}

function writeRestart(sink: FieldSink, { event, report }: Reported<EventOf<"stream-restart">>): void {
  sink.text(1, "reason", event.reason);
  sink.text(2, "model", event.deployment.model.id);
  sink.text(3, "id", event.identity.id);
  sink.int64(4, "created", event.identity.created);
  sink.message(5, "route", report(), writeReport);
}

function writeEnd(sink: FieldSink, { event, report }: Reported<EventOf<"stream-end">>): void {
  sink.text(1, "finish_reason", event.ends.find(({ choice }) => choice === 0)?.finishReason);
  sink.message(2, "usage", event.usage, writeUsage);
  sink.message(3, "route", report(), writeReport);
  sink.messages(4, "choices", event.ends, writeChoiceEnd);
}

function writeChoiceEnd(sink: FieldSink, end: EventOf<"stream-end">["ends"][number]): void {
  sink.int32(1, "choice", end.choice);
  sink.text(2, "finish_reason", end.finishReason);
}
