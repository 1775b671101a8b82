import { create } from "@bufbuild/protobuf";
import type { SourceChunk } from "@meridian/core";
import { type StreamChatResponse, StreamChatResponseSchema } from "@meridian/inference-proto";
import type { ChatEvent } from "../handlers/chat-event.js";
import { logprobsFrom, usageFrom } from "./chat-response.js";
import { type ReportSource, routeReportFrom } from "./route-report.js";

/** The event of the contract for an event of a call. `report` says what the report so far is made of. */
export function streamEventFrom(event: ContractEvent, report: () => ReportSource): StreamChatResponse {
  return create(StreamChatResponseSchema, { event: eventFrom(event, report) });
}

type EventInit = NonNullable<Parameters<typeof create<typeof StreamChatResponseSchema>>[1]>["event"] & object;

/** What of a call the contract has an event for. */
export type ContractEvent = Exclude<ChatEvent, SourceChunk>;

function eventFrom(event: ContractEvent, report: () => ReportSource): EventInit {
  switch (event.type) {
    case "stream-start": {
      const { id, created } = event.identity;
      const model = event.deployment.model.id;
      return { case: "start", value: { id, created: BigInt(created), model, route: routeReportFrom(report()) } };
    }
    case "text-delta":
      return {
        case: "textDelta",
        value: { choice: event.choice, text: event.text, logprobs: logprobsFrom(event.logprobs) },
      };
    case "reasoning-delta":
      return { case: "reasoningDelta", value: { choice: event.choice, text: event.text } };
    case "refusal-delta":
      return {
        case: "refusalDelta",
        value: { choice: event.choice, text: event.text, logprobs: logprobsFrom(event.logprobs) },
      };
    case "tool-call-delta": {
      const { choice, index, id = "", name = "", arguments: text } = event;
      return { case: "toolCallDelta", value: { choice, index, id, name, arguments: text } };
    }
    case "stream-restart": {
      const { id, created } = event.identity;
      const model = event.deployment.model.id;
      return {
        case: "restart",
        value: { reason: event.reason, id, created: BigInt(created), model, route: routeReportFrom(report()) },
      };
    }
    case "stream-end": {
      const choices = event.ends.map(({ choice, finishReason }) => ({ choice, finishReason }));
      const finishReason = event.ends.find(({ choice }) => choice === 0)?.finishReason ?? "";
      const usage = event.usage === undefined ? {} : { usage: usageFrom(event.usage) };
      return { case: "end", value: { finishReason, choices, route: routeReportFrom(report()), ...usage } };
    }
  }
}
