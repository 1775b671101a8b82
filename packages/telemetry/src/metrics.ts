import { type Attempt, type CanaryPhase, canaryPhases } from "@meridian/core";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { MetricsPart } from "./aggregate-metrics.js";
import { type LedgerFigures, showLedger } from "./ledger-metrics.js";
import type { CallRecord, Recorder } from "./recorder.js";

/** What the door of the process sees. */
export interface AdmissionState {
  readonly runningCalls: number;
  readonly queuedCalls: number;
  /** What a call that comes now has to wait, in milliseconds. */
  readonly expectedWaitMs: number;
}

/** What became of a reload: a configuration that is equal to the running one is "unchanged". */
export type ReloadOutcome = "applied" | "unchanged" | "failed";

/** Where the canary is. */
export interface CanaryFigures {
  /** 0 to 100. */
  readonly percentage: number;
  readonly phase: CanaryPhase;
}

/** The metrics of one process, in the form that Prometheus scrapes. */
export interface Metrics {
  readonly recorder: Recorder;
  /** Sets the version that `meridian_config_info` shows. */
  showConfigVersion(version: string): void;
  /** Counts a reload of the configuration. */
  configReloaded(outcome: ReloadOutcome): void;
  /** Gives `meridian_connections` its count. */
  showConnections(count: () => number): void;
  /** Shows what waits at the door of the process: asked for it at each scrape. */
  showAdmission(state: () => AdmissionState): void;
  /** Shows where the canary is: asked for it at each scrape. */
  showCanary(figures: () => CanaryFigures): void;
  /** Counts a change of the canary's percentage, by what it was. */
  countCanaryDecision(decision: string): void;
  /** Shows whether the Redis of the tenants' limits is away: asked for it at each scrape. */
  showRedisAway(isAway: () => boolean): void;
  /** Shows whether the file with the callers' keys is good: asked for it at each scrape. */
  showKeyFile(isGood: () => boolean): void;
  /** Shows the cost ledger: asked for its figures at each scrape. */
  showLedger(figures: () => LedgerFigures): void;
  /** The exposition text. */
  text(): Promise<string>;
  /** The same as data, for a process that shows the metrics of several. */
  part(): Promise<MetricsPart>;
  /** Its media type. */
  readonly contentType: string;
}

const latencyBucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/**
 * Creates the metrics. Labels take their values from the configuration and from closed sets, never from a caller: the
 * country is one that the region table names, or "DEFAULT".
 *
 * @param regions the countries of the region table
 * @see https://prometheus.io/docs/practices/naming/
 */
export function createMetrics(regions: () => ReadonlySet<string>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const inFlight = new Gauge({
    name: "meridian_calls_in_flight",
    help: "Calls that have begun and not ended.",
    labelNames: ["rpc"],
    registers,
  });
  const calls = new Counter({
    name: "meridian_calls_total",
    help: "Calls that have ended, by the code they ended with.",
    labelNames: ["rpc", "protocol", "code", "reason"],
    registers,
  });
  const callSeconds = new Histogram({
    name: "meridian_call_duration_seconds",
    help: "From a call's arrival to its end.",
    labelNames: ["rpc", "region", "model", "code"],
    buckets: latencyBucketsSeconds,
    registers,
  });
  const firstTokenSeconds = new Histogram({
    name: "meridian_time_to_first_token_seconds",
    help: "From a streamed call's arrival to its first content.",
    labelNames: ["region", "model"],
    buckets: latencyBucketsSeconds,
    registers,
  });
  const attempts = new Counter({
    name: "meridian_attempts_total",
    help: "Calls to relays that have ended, by outcome.",
    labelNames: ["endpoint", "model", "transport", "outcome"],
    registers,
  });
  const attemptSeconds = new Histogram({
    name: "meridian_attempt_duration_seconds",
    help: "How long a call to a relay took.",
    labelNames: ["endpoint", "model", "outcome"],
    buckets: latencyBucketsSeconds,
    registers,
  });
  const tokens = new Counter({
    name: "meridian_tokens_total",
    help: "Tokens of requests and answers.",
    labelNames: ["model", "kind", "source"],
    registers,
  });
  const cost = new Counter({
    name: "meridian_cost_nano_usd_total",
    help: "What relays charge for, in nano-USD.",
    labelNames: ["model", "endpoint", "source"],
    registers,
  });
  const configInfo = new Gauge({
    name: "meridian_config_info",
    help: "1 for the configuration that routes now.",
    labelNames: ["version"],
    registers,
  });

  const configReloads = new Counter({
    name: "meridian_config_reloads_total",
    help: "Reloads of the configuration, by what became of them.",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of ["applied", "unchanged", "failed"] as const) configReloads.inc({ outcome }, 0);
  const lastReload = new Gauge({
    name: "meridian_config_last_reload_successful",
    help: "1 where the configuration was good when it was last read, 0 where it was refused.",
    registers,
  });
  lastReload.set(1);

  const canaryDecisions = new Counter({
    name: "meridian_canary_decisions_total",
    help: "Changes of the canary's percentage.",
    labelNames: ["decision"],
    registers,
  });

  const recordAttempt = (attempt: Attempt) => {
    const { transport, outcome, usage, costProvenance: source } = attempt;
    const endpoint = attempt.deployment.endpoint.name;
    const model = attempt.deployment.model.id;
    attempts.inc({ endpoint, model, transport, outcome });
    attemptSeconds.observe({ endpoint, model, outcome }, attempt.durationMs / 1000);
    if (usage === undefined) return;
    tokens.inc({ model, kind: "prompt", source }, usage.promptTokens);
    tokens.inc({ model, kind: "completion", source }, usage.completionTokens);
    // Exact up to 2^53 nano-USD, nine million USD, since the process began.
    cost.inc({ model, endpoint, source }, Number(attempt.costNanoUsd));
  };

  const callEnded = ({ rpc, protocol, code, reason, plan, ...record }: CallRecord) => {
    inFlight.dec({ rpc });
    calls.inc({ rpc, protocol, code, reason: reason ?? "" });
    const country = plan?.location.country ?? "";
    const region = regions().has(country) ? country : "DEFAULT";
    const model = record.attempts.at(-1)?.deployment.model.id ?? plan?.model ?? "";
    callSeconds.observe({ rpc, region, model, code }, record.durationMs / 1000);
    if (record.firstTokenMs !== undefined) firstTokenSeconds.observe({ region, model }, record.firstTokenMs / 1000);
    for (const attempt of record.attempts) recordAttempt(attempt);
  };

  /** Asks for a figure at each scrape. */
  const showFigure = (name: string, help: string, figure: () => number) => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(figure());
      },
    });
  };

  return {
    recorder: { callStarted: (rpc) => inFlight.inc({ rpc }), callEnded },
    showConfigVersion(version) {
      configInfo.reset();
      configInfo.set({ version }, 1);
    },
    configReloaded(outcome) {
      configReloads.inc({ outcome });
      lastReload.set(outcome === "failed" ? 0 : 1);
    },
    showConnections: (count) =>
      showFigure("meridian_connections", "Connections of the public port that are open.", count),
    showAdmission(state) {
      showFigure("meridian_admission_running_calls", "Calls that were let in and run.", () => state().runningCalls);
      showFigure("meridian_admission_queued_calls", "Calls that wait to be let in.", () => state().queuedCalls);
      showFigure(
        "meridian_admission_expected_wait_seconds",
        "What a call that comes now has to wait.",
        () => state().expectedWaitMs / 1000,
      );
    },
    showCanary(figures) {
      showFigure("meridian_canary_percent", "Share of the users that have the canary.", () => figures().percentage);
      new Gauge({
        name: "meridian_canary_state",
        help: "1 for the state that the canary is in.",
        labelNames: ["state"],
        registers,
        collect() {
          const { phase } = figures();
          for (const state of canaryPhases) this.set({ state }, state === phase ? 1 : 0);
        },
      });
    },
    countCanaryDecision: (decision) => canaryDecisions.inc({ decision }),
    showRedisAway: (isAway) =>
      showFigure("meridian_redis_away", "1 while Redis is away and this process keeps limits alone.", () =>
        isAway() ? 1 : 0,
      ),
    showKeyFile: (isGood) =>
      showFigure(
        "meridian_key_file_good",
        "0 while the key file is broken and the keys before it count, else 1.",
        () => (isGood() ? 1 : 0),
      ),
    showLedger: (figures) => showLedger(registry, figures),
    text: () => registry.metrics(),
    part: () => registry.getMetricsAsJSON(),
    contentType: registry.contentType,
  };
}
