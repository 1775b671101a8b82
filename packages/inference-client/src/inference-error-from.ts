import { durationMs } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema } from "@meridian/inference-proto";
import { InferenceError } from "./inference-error.js";
import { codeNames } from "./inference-error-code.js";
import { reasonOfCode } from "./inference-reason.js";

/**
 * The typed form of anything that a call may throw: from the `ErrorDetail` that Meridian sends, else from the code
 * alone. An `InferenceError` is returned as it is.
 */
export function inferenceErrorFrom(thrown: unknown): InferenceError {
  if (thrown instanceof InferenceError) return thrown;
  const error = ConnectError.from(thrown);
  const code = isRefusedStream(error.cause) ? "unavailable" : codeNames[error.code];
  const [detail] = error.findDetails(ErrorDetailSchema);
  return new InferenceError(
    error.message,
    {
      code,
      reason: detail?.reason || reasonOfCode[code],
      retryDelayMs: detail?.retryDelay && durationMs(detail.retryDelay),
      violations: detail?.violations,
      route: detail?.route,
      relayMessage: detail?.relayMessage,
      headers: error.metadata,
    },
    { cause: error },
  );
}

/**
 * Whether a call met the end of its HTTP/2 connection and was not looked at, which Connect takes for a fault of the server.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-8.7
 */
function isRefusedStream(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const isStreamError = "code" in cause && cause.code === "ERR_HTTP2_STREAM_ERROR";
  return isStreamError && cause.message.endsWith("NGHTTP2_REFUSED_STREAM");
}

/** Whether Meridian itself explained the failure; a failure of the network has no detail. */
export function hasErrorDetail(thrown: unknown): boolean {
  return thrown instanceof ConnectError && thrown.findDetails(ErrorDetailSchema).length > 0;
}

/**
 * The failure of a stream that closed, or was cut, before its `end` event.
 *
 * @param cause what the network said, where it said something.
 */
export function streamTruncated(message: string, cause?: unknown): InferenceError {
  return new InferenceError(message, { code: "aborted", reason: "stream_truncated" }, { cause });
}
