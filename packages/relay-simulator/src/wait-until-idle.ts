import type { ReceivedCall } from "./call-log.js";

/**
 * Waits until no call is open; whoever closes the last one calls the waiters. Rejects with the signal's reason, or after so
 * many milliseconds with an Error that names what is open.
 */
export function waitUntilIdle(
  openCalls: ReadonlySet<ReceivedCall>,
  waiters: Set<() => void>,
  limit: AbortSignal | number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      waiters.delete(wake);
      signal?.removeEventListener("abort", onAbort);
    };
    const wake = () => {
      stop();
      resolve();
    };
    const signal = typeof limit === "number" ? undefined : limit;
    const onAbort = () => {
      stop();
      const open = [...openCalls].map((call) => `${call.method} ${call.path} ${call.fault ?? ""}`.trim()).join(", ");
      reject(signal?.reason ?? new Error(`Not idle after ${String(limit)} ms: ${open}`));
    };
    const timer = typeof limit === "number" && openCalls.size > 0 ? setTimeout(onAbort, limit) : undefined;
    if (openCalls.size === 0) {
      wake();
    } else if (signal?.aborted === true) {
      onAbort();
    } else {
      waiters.add(wake);
      signal?.addEventListener("abort", onAbort, { once: true });
    }
  });
}
