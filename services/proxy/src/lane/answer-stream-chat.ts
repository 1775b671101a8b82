import type { Logger } from "@meridian/telemetry";
import { streamChat } from "../handlers/stream-chat.js";
import { reportOf } from "../interceptors/call-report.js";
import { sendAnswer } from "../listen/send-answer.js";
import type { Services } from "../services.js";
import { encodeBatch } from "./encode-batch.js";
import { endOfStream, errorAnswerOf, grpcOk, grpcTrailersOf } from "./error-answer.js";
import type { LaneCall } from "./lane-call.js";
import { laneHeaders } from "./lane-headers.js";
import { createStreamWriter, type StreamWriter } from "./stream-writer.js";

/** Answers a call of StreamChat. Whatever fails is its answer, or the end of it. */
export async function answerStreamChat(call: LaneCall, services: Services, logger: Logger): Promise<void> {
  const { form, scope, response } = call;
  const { context, requestHeader: header } = scope;
  const isGrpc = form.errorForm === "grpc";
  const report = reportOf({ rpc: "StreamChat", protocol: form.protocol, header, context, services, logger });
  const writer = createStreamWriter(response);
  try {
    await writeEvents(call, writer, services);
  } catch (error) {
    const refused = report.fail(error);
    if (!response.headersSent) sendAnswer(response, errorAnswerOf(refused, form));
    else if (isGrpc) writer.end(noBytes, grpcTrailersOf(refused));
    else writer.end(endOfStream(refused));
    return;
  }
  report.succeed();
  if (isGrpc) writer.end(noBytes, grpcOk);
  else writer.end(endOfStream());
}

async function writeEvents({ form, chatCall, scope }: LaneCall, writer: StreamWriter, services: Services) {
  const batches = streamChat(chatCall(), scope, services);
  let hasBegun = false;
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
}

/** Rejects where it does, and is else never settled. */
function failureOf(promise: Promise<unknown>): Promise<never> {
  return new Promise((_resolve, reject) => {
    promise.catch(reject);
  });
}

const noBytes = new Uint8Array(0);
