import { type Clock, type Endpoint, type Reachability, UpstreamError } from "@meridian/core";

/** Asks an endpoint for its models and gives the HTTP status. */
export type Probe = (endpoint: Endpoint, signal: AbortSignal) => Promise<number>;

/** What probing has found, by endpoint name. */
export interface EndpointLatencies {
  latencyMs(endpoint: string): number | undefined;
  reachability(endpoint: string): Reachability;
  /** Stops probing and ends the probes that run. */
  stop(): void;
}

/** How the probes run. */
export interface ProbeOptions {
  readonly endpoints: readonly Endpoint[];
  readonly clock: Clock;
  /** Between two rounds, in milliseconds. */
  readonly intervalMs: number;
  /** For one probe, in milliseconds. */
  readonly timeoutMs: number;
  /** An endpoint has changed between reachable and unreachable. */
  readonly onChange: (endpoint: Endpoint, reachability: Reachability, status: number | undefined) => void;
}

/** Measures every endpoint now and then at an interval, each on its own, so that a slow one delays no other. */
export function probeEndpoints(probe: Probe, options: ProbeOptions): EndpointLatencies {
  const { endpoints, clock, intervalMs, timeoutMs, onChange } = options;
  const latencies = new Map<string, number>();
  const reachabilities = new Map<string, Reachability>();
  const stopping = new AbortController();
  const cancels = new Set<() => void>();

  const wait = (delayMs: number, callback: () => void) => {
    const cancel = clock.schedule(delayMs, () => {
      cancels.delete(cancel);
      callback();
    });
    cancels.add(cancel);
    return () => {
      cancels.delete(cancel);
      cancel();
    };
  };

  const measure = async (endpoint: Endpoint): Promise<void> => {
    const attempt = new AbortController();
    const onStop = () => attempt.abort(stopping.signal.reason);
    stopping.signal.addEventListener("abort", onStop, { once: true });
    const cancelLimit = wait(timeoutMs, () =>
      attempt.abort(new UpstreamError({ kind: "headers_limit", limitMs: timeoutMs })),
    );
    const beganAtMs = clock.now();
    const status = await probe(endpoint, attempt.signal).catch(() => undefined);
    cancelLimit();
    stopping.signal.removeEventListener("abort", onStop);
    if (stopping.signal.aborted) return;
    // An endpoint that refuses our key is near all the same; the breaker of its deployments deals with the key.
    const isReachable = status !== undefined && status < 500;
    if (isReachable) latencies.set(endpoint.name, clock.now() - beganAtMs);
    else latencies.delete(endpoint.name);
    const reachability = isReachable ? "reachable" : "unreachable";
    if (reachabilities.get(endpoint.name) !== reachability) onChange(endpoint, reachability, status);
    reachabilities.set(endpoint.name, reachability);
    wait(intervalMs, () => void measure(endpoint));
  };

  for (const endpoint of endpoints) void measure(endpoint);
  return {
    latencyMs: (endpoint) => latencies.get(endpoint),
    reachability: (endpoint) => reachabilities.get(endpoint) ?? "unknown",
    stop() {
      stopping.abort();
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}
