import type { ConnectError } from "@connectrpc/connect";
import type { ChatCall } from "@meridian/core";
import type { Logger } from "@meridian/telemetry";
import { streamChat } from "../handlers/stream-chat.js";
import { type CallReport, reportOf } from "../interceptors/call-report.js";
import { sendAnswer } from "../listen/send-answer.js";
import type { Services } from "../services.js";
import { encodeBatch } from "./encode-batch.js";
import { endOfStream, errorAnswerOf, grpcOk, grpcTrailersOf } from "./error-answer.js";
import type { LaneCall } from "./lane-call.js";
import { laneHeaders } from "./lane-headers.js";
import { createStreamWriter, type StreamWriter } from "./stream-writer.js";

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
  const { form, scope, response } = call;
  const { context, requestHeader: header } = scope;
  const report = reportOf({ rpc: "StreamChat", protocol: form.protocol, header, context, services, logger });
  const writer = createStreamWriter(response);
  try {
    return writeEvents(call, streamChat(chatCall(), scope, services), writer, report);
  } catch (error) {
    writeError(call, report.fail(error), writer);
    return Promise.resolve();
  }
}

async function writeEvents(
  call: LaneCall,
  batches: ReturnType<typeof streamChat>,
  writer: StreamWriter,
  report: CallReport,
): Promise<void> {
  const { form, scope } = call;
  let hasBegun = false;
  try {
    try {
      for (let next = await batches.next(); next.done !== true; ) {
        const bytes = encodeBatch(next.value, form.isBinary);
        if (!hasBegun) writer.begin(laneHeaders(form, scope.requestHeader));
        hasBegun = true;
        const room = writer.write(bytes);
        const following = batches.next();
        // The call may end before there is room for more: one whose caller takes nothing fails by its deadline.
        if (room !== undefined) await Promise.race([room, failureOf(following)]);
        next = await following;
      }
    } finally {
      // Where the caller has gone in the middle. Awaited, so that the attempt has ended before the call is recorded.
      await batches.return();
    }
  } catch (error) {
    writeError(call, report.fail(error), writer);
    return;
  }
  report.succeed();
  if (form.errorForm === "grpc") writer.end(noBytes, grpcOk);
  else writer.end(endOfStream());
}

function writeError({ form, response }: LaneCall, refused: ConnectError, writer: StreamWriter): void {
  if (!response.headersSent) sendAnswer(response, errorAnswerOf(refused, form));
  else if (form.errorForm === "grpc") writer.end(noBytes, grpcTrailersOf(refused));
  else writer.end(endOfStream(refused));
}

/** Rejects where it does, and is else never settled. */
function failureOf(promise: Promise<unknown>): Promise<never> {
  return new Promise((_resolve, reject) => {
    promise.catch(reject);
  });
}

const noBytes = new Uint8Array(0);
