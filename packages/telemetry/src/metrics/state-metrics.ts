import { type BreakerState, type CanaryPhase, canaryPhases, type TenantLimits } from "@meridian/core";
import { type Aggregator, Gauge, type Registry } from "prom-client";
import { type LedgerFigures, showLedger } from "../ledger-metrics.js";
import type { MetricsWorld } from "./call-labels.js";

/** What the door of the process sees. */
export interface AdmissionState {
  readonly runningCalls: number;
  readonly queuedCalls: number;
  /** What a call that comes now has to wait, in milliseconds. */
  readonly expectedWaitMs: number;
}

/** Where the canary is. */
export interface CanaryFigures {
  /** 0 to 100. */
  readonly percentage: number;
  readonly phase: CanaryPhase;
}

/** What the cache of answers holds in memory. */
export interface CacheFigures {
  readonly answers: number;
  readonly bytes: number;
}

/** A circuit breaker, by the names of its deployment. */
export interface BreakerFigure {
  readonly endpoint: string;
  readonly model: string;
  /** The name of the key. */
  readonly credential: string;
  readonly state: BreakerState;
}

/** What is asked for at each scrape. */
export interface StateMetrics {
  /** The open connections of the public port. */
  showConnections(count: () => number): void;
  /** What waits at the door of the process. */
  showAdmission(state: () => AdmissionState): void;
  /** Where the canary is. */
  showCanary(figures: () => CanaryFigures): void;
  /** Whether the Redis of the tenants' limits is away. */
  showRedisAway(isAway: () => boolean): void;
  /** Whether the file with the callers' keys is good. */
  showKeyFile(isGood: () => boolean): void;
  /** The cache of answers. */
  showCache(figures: () => CacheFigures): void;
  /** The cost ledger. */
  showLedger(figures: () => LedgerFigures): void;
  /** The breakers of all deployments of the configuration: those that leave it are shown no longer. */
  showBreakers(breakers: () => Iterable<BreakerFigure>): void;
}

const breakerValue = { closed: 0, half_open: 1, open: 2 } as const satisfies Record<BreakerState, number>;

const limitNames = {
  requestsPerMinute: "requests_per_minute",
  tokensPerMinute: "tokens_per_minute",
  concurrentCalls: "concurrent_calls",
  nanoUsdPerDay: "nano_usd_per_day",
  nanoUsdPerMonth: "nano_usd_per_month",
} as const satisfies Record<keyof TenantLimits, string>;

/** Creates what registers such gauges. The limits of tenants are there from the start. */
export function createStateMetrics(registry: Registry, { tenants }: Pick<MetricsWorld, "tenants">): StateMetrics {
  const registers = [registry];
  /** `aggregator` says what the figures of several processes come to. */
  const showFigure = (name: string, help: string, figure: () => number, aggregator: Aggregator = "sum") => {
    new Gauge({
      name,
      help,
      registers,
      aggregator,
      collect() {
        this.set(figure());
      },
    });
  };
  new Gauge({
    name: "meridian_tenant_limit",
    help: "A tenant's limit, in the unit that its name says.",
    labelNames: ["tenant", "limit"],
    aggregator: "max",
    registers,
    collect() {
      this.reset();
      for (const [tenant, { limits }] of tenants())
        for (const [key, value] of Object.entries(limits))
          if (value !== undefined && key in limitNames)
            // Object.entries forgets the names of the properties.
            this.set({ tenant, limit: limitNames[key as keyof TenantLimits] }, Number(value));
    },
  });

  return {
    showConnections: (count) =>
      showFigure("meridian_connections", "Connections of the public port that are open.", count),
    showAdmission(state) {
      showFigure("meridian_admission_running_calls", "Calls that were let in and run.", () => state().runningCalls);
      showFigure("meridian_admission_queued_calls", "Calls that wait to be let in.", () => state().queuedCalls);
      showFigure(
        "meridian_admission_expected_wait_seconds",
        "What a call that comes now has to wait.",
        () => state().expectedWaitMs / 1000,
        "max",
      );
    },
    showCanary(figures) {
      showFigure(
        "meridian_canary_percent",
        "Share of the users that have the canary.",
        () => figures().percentage,
        "max",
      );
      new Gauge({
        name: "meridian_canary_state",
        help: "1 for the state that the canary is in.",
        labelNames: ["state"],
        aggregator: "max",
        registers,
        collect() {
          const { phase } = figures();
          for (const state of canaryPhases) this.set({ state }, state === phase ? 1 : 0);
        },
      });
    },
    showRedisAway: (isAway) =>
      showFigure(
        "meridian_redis_away",
        "1 while Redis is away and this process keeps limits alone.",
        () => (isAway() ? 1 : 0),
        "max",
      ),
    showKeyFile: (isGood) =>
      showFigure(
        "meridian_key_file_good",
        "0 while the key file is broken and the keys before it count, else 1.",
        () => (isGood() ? 1 : 0),
        "min",
      ),
    showCache(figures) {
      showFigure("meridian_cache_answers", "Answers that the cache has in memory.", () => figures().answers);
      showFigure("meridian_cache_bytes", "What they take, about.", () => figures().bytes);
    },
    showLedger: (figures) => showLedger(registry, figures),
    showBreakers(breakers) {
      new Gauge({
        name: "meridian_breaker_state",
        help: "The circuit breaker of a deployment: 0 closed, 1 half open, 2 open.",
        labelNames: ["endpoint", "model", "credential"],
        aggregator: "max",
        registers,
        collect() {
          this.reset();
          for (const { endpoint, model, credential, state } of breakers())
            this.set({ endpoint, model, credential }, breakerValue[state]);
        },
      });
    },
  };
}
