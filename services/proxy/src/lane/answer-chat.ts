import { encodeEnvelope } from "@connectrpc/connect/protocol";
import type { ChatCall } from "@meridian/core";
import type { Logger } from "@meridian/telemetry";
import { type AnsweredChat, chat } from "../handlers/chat.js";
import { reportOf } from "../interceptors/call-report.js";
import { sendAnswer, type WholeAnswer } from "../listen/send-answer.js";
import type { Services } from "../services.js";
import { writeAnswer } from "./answer-fields.js";
import { binaryOf } from "./binary-sink.js";
import { errorAnswerOf, grpcOk } from "./error-answer.js";
import { jsonOf } from "./json-sink.js";
import type { LaneCall } from "./lane-call.js";
import type { LaneForm } from "./lane-form.js";
import { laneHeaders } from "./lane-headers.js";

/** Answers a call of Chat, which `chatCall` makes of its request. Whatever fails is its answer, too. */
export async function answerChat(
  { form, response, scope }: LaneCall,
  chatCall: () => ChatCall,
  services: Services,
  logger: Logger,
): Promise<void> {
  const { context, requestHeader: header } = scope;
  const report = reportOf({ rpc: "Chat", protocol: form.protocol, header, context, services, logger });
  let answered: AnsweredChat;
  try {
    answered = await chat(chatCall(), scope, services);
  } catch (error) {
    sendAnswer(response, errorAnswerOf(report.fail(error), form));
    return;
  }
  report.succeed();
  sendAnswer(response, wholeAnswerOf(answered, form, header));
}

function wholeAnswerOf(answered: AnsweredChat, form: LaneForm, header: Pick<Headers, "get">): WholeAnswer {
  const bytes = form.isBinary ? binaryOf(answered, writeAnswer) : jsonOf(answered, writeAnswer);
  const headers = laneHeaders(form, header);
  if (form.errorForm === "grpc") return { status: 200, headers, body: encodeEnvelope(0, bytes), trailers: grpcOk };
  headers["content-length"] = String(bytes.byteLength);
  return { status: 200, headers, body: bytes };
}
