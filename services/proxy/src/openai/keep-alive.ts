import type { Clock } from "@meridian/core";

/**
 * Says something every `intervalMs` until it is stopped: what stands between may close a connection that says nothing. 0: never.
 *
 * @returns stops it
 */
export function keepAlive(say: () => void, intervalMs: number, clock: Pick<Clock, "schedule">): () => void {
  if (intervalMs === 0) return () => {};
  let cancel = () => {};
  const wait = () => {
    cancel = clock.schedule(intervalMs, () => {
      wait();
      say();
    });
  };
  wait();
  return () => cancel();
}
