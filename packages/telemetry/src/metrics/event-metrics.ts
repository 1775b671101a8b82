import { Counter, Gauge, type Registry } from "prom-client";

/** What became of a reload: a configuration that is equal to the running one is "unchanged". */
export type ReloadOutcome = "applied" | "unchanged" | "failed";

/** What the process tells as it happens. */
export interface EventMetrics {
  /** Sets the version that `meridian_config_info` shows. */
  showConfigVersion(version: string): void;
  /** Counts a reload of the configuration. */
  configReloaded(outcome: ReloadOutcome): void;
  /** Counts a change of the canary's percentage, by what it was. */
  countCanaryDecision(decision: CanaryDecisionKind): void;
}

/** What a change of the canary's percentage may be. */
export type CanaryDecisionKind = (typeof canaryDecisionKinds)[number];

const reloadOutcomes = ["applied", "unchanged", "failed"] as const satisfies readonly ReloadOutcome[];
const canaryDecisionKinds = ["begin", "step", "promote", "abort", "set"] as const;

/** Registers them. Counters begin at 0: Prometheus does not see an increase from nothing. */
export function createEventMetrics(registry: Registry): EventMetrics {
  const registers = [registry];
  const configInfo = new Gauge({
    name: "meridian_config_info",
    help: "1 for the configuration that routes now.",
    labelNames: ["version"],
    aggregator: "max",
    registers,
  });
  const configReloads = new Counter({
    name: "meridian_config_reloads_total",
    help: "Reloads of the configuration, by what became of them.",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of reloadOutcomes) configReloads.inc({ outcome }, 0);
  const lastReload = new Gauge({
    name: "meridian_config_last_reload_successful",
    help: "1 where the configuration was good when it was last read, 0 where it was refused.",
    aggregator: "min",
    registers,
  });
  lastReload.set(1);
  const canaryDecisions = new Counter({
    name: "meridian_canary_decisions_total",
    help: "Changes of the canary's percentage.",
    labelNames: ["decision"],
    registers,
  });
  for (const decision of canaryDecisionKinds) canaryDecisions.inc({ decision }, 0);

  return {
    showConfigVersion(version) {
      configInfo.reset();
      configInfo.set({ version }, 1);
    },
    configReloaded(outcome) {
      configReloads.inc({ outcome });
      lastReload.set(outcome === "failed" ? 0 : 1);
    },
    countCanaryDecision: (decision) => canaryDecisions.inc({ decision }),
  };
}
