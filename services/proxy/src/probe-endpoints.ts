import { type Clock, type Endpoint, type Reachability, UpstreamError } from "@meridian/core";

/** Asks an endpoint for its models and gives the HTTP status. */
export type Probe = (endpoint: Endpoint, signal: AbortSignal) => Promise<number>;

/** What probing has found, by endpoint name. */
export interface EndpointLatencies {
  latencyMs(endpoint: string): number | undefined;
  reachability(endpoint: string): Reachability;
  /**
   * Probes these endpoints from now on, each at once. What was found of those that stay by name and address is kept until
   * then, what was found of the others is forgotten.
   */
  follow(targets: ProbeTargets): void;
  /** Stops probing and ends the probes that run. */
  stop(): void;
}

/** What is probed, and how often. */
export interface ProbeTargets {
  readonly endpoints: readonly Endpoint[];
  /** Between two rounds, in milliseconds. */
  readonly intervalMs: number;
  /** For one probe, in milliseconds. */
  readonly timeoutMs: number;
}

/** How the probes run. */
export interface ProbeOptions extends ProbeTargets {
  readonly clock: Clock;
  /** An endpoint has changed between reachable and unreachable. */
  readonly onChange: (endpoint: Endpoint, reachability: Reachability, status: number | undefined) => void;
}

/**
 * The first answer of an endpoint is late, for it had to wait for a connection, and perhaps for a process that still loads.
 * It is measured again so soon, in milliseconds.
 */
const secondProbeMs = 1_000;

/** Measures every endpoint now and then at an interval, each on its own, so that a slow one delays no other. */
export function probeEndpoints(probe: Probe, options: ProbeOptions): EndpointLatencies {
  const { clock, onChange } = options;
  let targets: ProbeTargets = options;
  const latencies = new Map<string, number>();
  const reachabilities = new Map<string, Reachability>();
  let stopping = new AbortController();
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
    const { timeoutMs, intervalMs } = targets;
    const attempt = new AbortController();
    const { signal } = stopping;
    const onStop = () => attempt.abort(signal.reason);
    signal.addEventListener("abort", onStop, { once: true });
    const cancelLimit = wait(timeoutMs, () =>
      attempt.abort(new UpstreamError({ kind: "headers_limit", limitMs: timeoutMs })),
    );
    const beganAtMs = clock.now();
    const status = await probe(endpoint, attempt.signal).catch(() => undefined);
    cancelLimit();
    signal.removeEventListener("abort", onStop);
    if (signal.aborted) return;
    // An endpoint that refuses our key is near all the same; the breaker of its deployments deals with the key.
    const isReachable = status !== undefined && status < 500;
    const isFirst = isReachable && !latencies.has(endpoint.name);
    if (isReachable) latencies.set(endpoint.name, clock.now() - beganAtMs);
    else latencies.delete(endpoint.name);
    const reachability = isReachable ? "reachable" : "unreachable";
    if (reachabilities.get(endpoint.name) !== reachability) onChange(endpoint, reachability, status);
    reachabilities.set(endpoint.name, reachability);
    wait(isFirst ? Math.min(secondProbeMs, intervalMs) : intervalMs, () => void measure(endpoint));
  };

  const start = () => {
    for (const endpoint of targets.endpoints) void measure(endpoint);
  };
  const stop = () => {
    stopping.abort();
    for (const cancel of cancels) cancel();
    cancels.clear();
  };

  start();
  return {
    latencyMs: (endpoint) => latencies.get(endpoint),
    reachability: (endpoint) => reachabilities.get(endpoint) ?? "unknown",
    follow(next) {
      stop();
      for (const { name, baseUrl } of targets.endpoints) {
        if (next.endpoints.some((endpoint) => endpoint.name === name && endpoint.baseUrl === baseUrl)) continue;
        latencies.delete(name);
        reachabilities.delete(name);
      }
      targets = next;
      stopping = new AbortController();
      start();
    },
    stop,
  };
}
