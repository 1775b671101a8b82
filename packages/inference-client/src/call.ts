import { create } from "@bufbuild/protobuf";
import { Code, type CallOptions as ConnectCallOptions, ConnectError } from "@connectrpc/connect";
import { FieldViolationSchema } from "@meridian/inference-proto";
import type { CallOptions } from "./client-options.js";
import { InferenceError } from "./inference-error.js";
import { inferenceErrorFrom } from "./inference-error-from.js";
import { type ClientSettings, maxTimeoutMs, parseHeaders, parseWholeNumber } from "./parse-options.js";

/** One call on its way. */
export interface Call {
  /** What Connect is given. */
  readonly connectOptions: ConnectCallOptions;
  /** Whether this side has ended the call. */
  readonly isCanceled: () => boolean;
  /** Ends the call; the server sees it as canceled. */
  cancel(reason: string): void;
  /** Lets go of the caller's signal. To be called when the call is over, however it ended. */
  finish(): void;
}

/**
 * Makes what Connect is given from the options of the client and of the call.
 *
 * @param closing aborts when the client is closed.
 * @throws InferenceError with "invalid_request" where an option of the call is bad, "canceled" where the call is over
 * before it began.
 */
export function startCall(settings: ClientSettings, options: CallOptions, closing: AbortSignal): Call {
  const { timeoutMs, headers } = parseCallOptions(settings, options);
  const controller = new AbortController();
  const cancel = (message: string, cause?: unknown) =>
    // A ConnectError, because Connect takes any other reason for a failure of unknown kind.
    controller.abort(new ConnectError(message, Code.Canceled, undefined, undefined, cause));
  const onAbort = () => cancel("the caller canceled the call", options.signal?.reason);
  const onClose = () => cancel("the client is closed");
  const finish = () => {
    options.signal?.removeEventListener("abort", onAbort);
    closing.removeEventListener("abort", onClose);
  };
  if (closing.aborted) onClose();
  else if (options.signal?.aborted) onAbort();
  if (controller.signal.aborted) throw inferenceErrorFrom(controller.signal.reason);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  closing.addEventListener("abort", onClose, { once: true });
  return {
    connectOptions: {
      signal: controller.signal,
      timeoutMs,
      headers,
      ...(options.onHeader === undefined ? {} : { onHeader: options.onHeader }),
    },
    isCanceled: () => controller.signal.aborted,
    cancel: (reason) => cancel(reason),
    finish,
  };
}

function parseCallOptions(settings: ClientSettings, options: CallOptions): { timeoutMs: number; headers: Headers } {
  const headers = new Headers(settings.headers);
  const own = orInvalidRequest("headers", () => parseHeaders("headers", options.headers));
  for (const [name, value] of own) headers.set(name, value);
  const timeoutMs = options.timeoutMs ?? settings.defaultTimeoutMs;
  return {
    headers,
    timeoutMs: orInvalidRequest("timeoutMs", () => parseWholeNumber("timeoutMs", timeoutMs, maxTimeoutMs)),
  };
}

function orInvalidRequest<Value>(field: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    const description = cause instanceof Error ? cause.message : String(cause);
    throw new InferenceError(
      description,
      {
        code: "invalid_argument",
        reason: "invalid_request",
        violations: [create(FieldViolationSchema, { field: `options.${field}`, description })],
      },
      { cause },
    );
  }
}
