import type { OutgoingHttpHeaders } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import type { ChatCall } from "@meridian/core";
import type { Logger } from "@meridian/telemetry";
import { type ReportedBatch, streamChat } from "../handlers/stream-chat.js";
import { reportOf } from "../interceptors/call-report.js";
import { sendAnswer } from "../listen/send-answer.js";
import { createStreamWriter, type StreamEnd } from "../listen/stream-writer.js";
import { failStream, type StreamForm, writeStream } from "../listen/write-stream.js";
import type { Services } from "../services.js";
import { encodeBatch } from "./encode-batch.js";
import { endOfStream, errorAnswerOf, grpcOk, grpcTrailersOf } from "./error-answer.js";
import type { LaneCall } from "./lane-call.js";
import { laneHeaders } from "./lane-headers.js";

/**
 * Answers a call of StreamChat, which `chatCall` makes of its request. Whatever fails is its answer, or the end of it. No
 * async function: the request would be held for as long as the answer goes on.
 */
export function answerStreamChat(
  call: LaneCall,
  chatCall: () => ChatCall,
  services: Services,
  logger: Logger,
): Promise<void> {
  const { scope, response } = call;
  const { context, requestHeader: header } = scope;
  const report = reportOf({ rpc: "StreamChat", protocol: call.form.protocol, header, context, services, logger });
  const writer = createStreamWriter(response);
  const form = new LaneStream(call);
  try {
    return writeStream(streamChat(chatCall(), scope, services), form, writer, report);
  } catch (error) {
    failStream(report.fail(error), form, writer);
    return Promise.resolve();
  }
}

/** The envelopes of Connect and gRPC. A class: each stream that is open has one. */
class LaneStream implements StreamForm<ReportedBatch> {
  readonly #call: LaneCall;

  constructor(call: LaneCall) {
    this.#call = call;
  }

  headers(): OutgoingHttpHeaders {
    return laneHeaders(this.#call.form, this.#call.scope.requestHeader);
  }

  encode(batch: ReportedBatch): Uint8Array {
    return encodeBatch(batch, this.#call.form.isBinary);
  }

  end(error?: ConnectError): StreamEnd {
    if (this.#call.form.errorForm !== "grpc") return { bytes: endOfStream(error) };
    return { bytes: noBytes, trailers: error === undefined ? grpcOk : grpcTrailersOf(error) };
  }

  refuse(error: ConnectError): void {
    sendAnswer(this.#call.response, errorAnswerOf(error, this.#call.form));
  }
}

const noBytes = new Uint8Array(0);
