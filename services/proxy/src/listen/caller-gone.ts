import { Code, ConnectError } from "@connectrpc/connect";

/** The error of a call whose caller went away. */
export function callerGone(cause?: unknown): ConnectError {
  return new ConnectError("the caller went away", Code.Canceled, undefined, undefined, cause);
}
