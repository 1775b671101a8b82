import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { TokenSource } from "./client-options.js";

/**
 * Sets `authorization` on every call that does not have one, see https://www.rfc-editor.org/rfc/rfc6750#section-2.1.
 * A source that fails or gives no usable token fails the call as unauthenticated, before anything is sent.
 */
export function createTokenInterceptor(source: TokenSource): Interceptor {
  return (next) => async (request) => {
    if (!request.header.has("authorization")) {
      const token = typeof source === "string" ? source : await askForToken(source, request.signal);
      request.header.set("authorization", `Bearer ${token}`);
    }
    return next(request);
  };
}

/**
 * Checks that a token can stand in a header.
 *
 * @throws TypeError that does not show the token.
 */
export function assertToken(token: unknown): asserts token is string {
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
    throw new TypeError("token: must be one or more visible ASCII characters");
  }
}

async function askForToken(source: () => string | Promise<string>, signal: AbortSignal): Promise<string> {
  try {
    const token = await untilAborted(async () => source(), signal);
    assertToken(token);
    return token;
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new ConnectError("no token to call with", Code.Unauthenticated, undefined, undefined, cause);
  }
}

/** Waits for a result, or rejects with the signal's reason as soon as it aborts. Leaves no listener behind. */
function untilAborted<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", onAbort));
  });
}
