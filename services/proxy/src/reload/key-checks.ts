import type { Clock, Credential, Endpoint } from "@meridian/core";
import type { Logger } from "@meridian/telemetry";

/** Which of the configured keys the relay has been seen to take. */
export interface KeyChecks {
  /** False for a key that has come with a reload, until its endpoint has answered `GET /models` with 200. */
  isChecked(credential: Credential): boolean;
  /** The endpoints of another configuration: checks the keys that are new, and lets go of those that are not there any more. */
  follow(endpoints: readonly Endpoint[]): void;
  /** Ends the checks that run. */
  stop(): void;
}

/** What checking keys needs. */
export interface KeyCheckOptions {
  /** Those of the start. Their keys need no check: there are no others that could stand in for them. */
  readonly endpoints: readonly Endpoint[];
  /** Asks an endpoint for its models with a key and gives the HTTP status. */
  readonly probe: (endpoint: Endpoint, credential: Credential, signal: AbortSignal) => Promise<number>;
  /** How long one check may take, in milliseconds. */
  readonly timeoutMs: () => number;
  readonly clock: Clock;
  /** Gives a number of [0, 1). */
  readonly random: () => number;
  readonly logger: Pick<Logger, "info" | "warn">;
}

/** Between two checks of a key that was not taken, in milliseconds: it doubles, with half of it random. */
const backoff = { baseMs: 1_000, maxMs: 30_000 } as const;

/** Checks keys that come with a reload before they are used ahead of others. */
export function createKeyChecks(options: KeyCheckOptions): KeyChecks {
  const { probe, timeoutMs, clock, random, logger } = options;
  let endpoints = options.endpoints;
  /** The checks that run, by key. */
  const checks = new Map<Credential, AbortController>();

  const wait = (delayMs: number, signal: AbortSignal, callback: () => void) => {
    const cancel = clock.schedule(delayMs, () => {
      signal.removeEventListener("abort", cancel);
      callback();
    });
    signal.addEventListener("abort", cancel, { once: true });
  };

  const statusOf = async (endpoint: Endpoint, credential: Credential, stopped: AbortSignal) => {
    const limit = new AbortController();
    const onStop = () => limit.abort();
    stopped.addEventListener("abort", onStop, { once: true });
    const cancelLimit = clock.schedule(timeoutMs(), () => limit.abort());
    try {
      return await probe(endpoint, credential, limit.signal);
    } catch {
      return undefined;
    } finally {
      cancelLimit();
      stopped.removeEventListener("abort", onStop);
    }
  };

  const check = async (endpoint: Endpoint, credential: Credential, stopped: AbortSignal, tries = 0): Promise<void> => {
    const status = await statusOf(endpoint, credential, stopped);
    if (stopped.aborted) return;
    const names = { endpoint: endpoint.name, credential: credential.name };
    if (status === 200) {
      checks.delete(credential);
      logger.info(names, "new key was checked");
      return;
    }
    const delayMs = Math.min(backoff.maxMs, backoff.baseMs * 2 ** tries) * (0.5 + random() / 2);
    logger.warn(
      { ...names, status, retryMs: Math.round(delayMs) },
      "new key was not taken; it is used after all others",
    );
    wait(delayMs, stopped, () => void check(endpoint, credential, stopped, tries + 1));
  };

  return {
    isChecked: (credential) => !checks.has(credential),
    follow(next) {
      const checked = endpoints.map((endpoint) => ({
        ...endpoint,
        credentials: endpoint.credentials.filter((credential) => !checks.has(credential)),
      }));
      for (const running of checks.values()) running.abort();
      checks.clear();
      endpoints = next;
      for (const endpoint of next) {
        for (const credential of endpoint.credentials) {
          if (hasKey(checked, endpoint, credential)) continue;
          const running = new AbortController();
          checks.set(credential, running);
          void check(endpoint, credential, running.signal);
        }
      }
    },
    stop() {
      for (const running of checks.values()) running.abort();
    },
  };
}

/** Whether a key was there before at the same address, by whatever name. */
function hasKey(endpoints: readonly Endpoint[], { name, baseUrl }: Endpoint, { key }: Credential): boolean {
  return endpoints.some(
    (endpoint) =>
      endpoint.name === name &&
      endpoint.baseUrl === baseUrl &&
      endpoint.credentials.some((credential) => credential.key.equals(key)),
  );
}
