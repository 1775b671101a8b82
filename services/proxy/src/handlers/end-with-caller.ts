import { Code, ConnectError } from "@connectrpc/connect";
import type { Deadline, StopCrowd, StopSignal } from "@meridian/core";

/**
 * Ends the deadline when the caller goes or the process has to stop. Gives what lets go of both signals; once the caller
 * has gone, the signal of the process is let go of in any case. A caller that has stopped reading leaves its call hanging in
 * the middle, and nobody comes to let go: the process would keep every such call until it ends.
 */
export function endWithCaller(deadline: Deadline, caller: StopSignal, shutdown: StopCrowd): () => void {
  const leave = shutdown.join(() => deadline.end("shutting_down"));
  const onCaller = () => {
    leave();
    // Connect has a timer of its own for the caller's deadline; ours says the same, at the same time.
    if (ConnectError.from(caller.reason).code !== Code.DeadlineExceeded) deadline.end("canceled");
  };
  caller.addEventListener("abort", onCaller);
  if (caller.aborted) onCaller();
  return () => {
    caller.removeEventListener("abort", onCaller);
    leave();
  };
}
