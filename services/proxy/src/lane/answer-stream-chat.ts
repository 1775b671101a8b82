import { encodeEnvelope } from "@connectrpc/connect/protocol";
import type { Logger } from "@meridian/telemetry";
import { streamChat } from "../handlers/stream-chat.js";
import { reportOf } from "../interceptors/call-report.js";
import type { Services } from "../services.js";
import { chatCallFrom } from "../translate/chat-call.js";
import { streamEventFrom } from "../translate/stream-event.js";
import { endOfStream, errorAnswerOf, grpcOk, grpcTrailersOf } from "./error-answer.js";
import type { LaneCall } from "./lane-call.js";
import { laneHeaders } from "./lane-headers.js";
import { sendAnswer } from "./send-answer.js";
import { createStreamWriter } from "./stream-writer.js";

/** Answers a call of StreamChat. Whatever fails is its answer, or the end of it. */
export async function answerStreamChat(call: LaneCall, services: Services, logger: Logger): Promise<void> {
  const { form, message, scope, codec, response } = call;
  const { context, requestHeader: header } = scope;
  const isGrpc = form.errorForm === "grpc";
  const report = reportOf({
    rpc: "StreamChat",
    protocol: isGrpc ? "grpc" : "connect",
    header,
    context,
    services,
    logger,
  });
  const writer = createStreamWriter(response);
  try {
    const chatCall = chatCallFrom(message, context.requestId, "streamed", services.config.routing);
    for await (const [event, route] of streamChat(chatCall, scope, services)) {
      // Sources are not asked for, and none comes.
      if (event.type === "source-chunk") continue;
      const bytes = encodeEnvelope(0, codec.serializeEvent(streamEventFrom(event, route)));
      if (!response.headersSent) writer.begin(laneHeaders(form, header));
      await writer.write(bytes);
    }
    report.succeed();
    if (isGrpc) writer.end(noBytes, grpcOk);
    else writer.end(endOfStream());
  } catch (error) {
    const refused = report.fail(error);
    if (!response.headersSent) sendAnswer(response, errorAnswerOf(refused, form));
    else if (isGrpc) writer.end(noBytes, grpcTrailersOf(refused));
    else writer.end(endOfStream(refused));
  }
}

const noBytes = new Uint8Array(0);
