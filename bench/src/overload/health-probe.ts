import { setTimeout as delay } from "node:timers/promises";

/** How a path that must always answer did while it was asked. */
export interface ProbeOutcome {
  readonly asked: number;
  readonly failed: number;
  readonly maxMs: number;
}

/** Asks `/health` of the public port ten times a second until it is stopped. */
export function startProbe(origin: string): { stop(): Promise<ProbeOutcome> } {
  const stopping = new AbortController();
  let asked = 0;
  let failed = 0;
  let maxMs = 0;
  const run = async () => {
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      asked += 1;
      const isOk = await fetch(`${origin}/health`).then(
        async (response) => (await response.text()) !== "" && response.ok,
        () => false,
      );
      if (!isOk) failed += 1;
      maxMs = Math.max(maxMs, performance.now() - startedAt);
      await delay(100, undefined, { signal: stopping.signal }).catch(() => {});
    }
    return { asked, failed, maxMs };
  };
  const ended = run();
  return {
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}
