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
  const code = codeNames[error.code];
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
