import { Gauge, type Registry } from "prom-client";
import { type CallRecord, isRoutedChat } from "../recorder.js";
import { secondsBuckets } from "./buckets.js";
import { type CallLabels, rpcLabel } from "./call-labels.js";
import { showHistogram } from "./show-histogram.js";
import { createTally, showCounter } from "./tally.js";

/** Counts calls as their callers see them. */
export interface CallMetrics {
  started(rpc: string): void;
  ended(record: CallRecord, labels: CallLabels): void;
}

/** Registers what is counted of calls. */
export function createCallMetrics(registry: Registry): CallMetrics {
  const running = new Map<string, number>();
  const addRunning = (rpc: string, change: number) => running.set(rpc, (running.get(rpc) ?? 0) + change);
  new Gauge({
    name: "meridian_calls_in_flight",
    help: "Calls that have begun and not ended.",
    labelNames: ["rpc"],
    registers: [registry],
    collect() {
      for (const [rpc, calls] of running) this.set({ rpc }, calls);
    },
  });

  const count = () => ({ calls: 0 });
  const callLabels = ["rpc", "protocol", "code", "reason"] as const;
  const calls = createTally(callLabels, count);
  showCounter(registry, {
    name: "meridian_calls_total",
    help: "Calls that have ended, by the code they ended with.",
    labelNames: callLabels,
    fill: (add) => {
      for (const [labels, { calls: ended }] of calls.entries()) add(labels, ended);
    },
  });
  const tenantLabels = ["tenant", "reason"] as const;
  const tenantCalls = createTally(tenantLabels, count);
  showCounter(registry, {
    name: "meridian_tenant_calls_total",
    help: "Calls that have ended, by whose they were; the reason is empty for answered ones.",
    labelNames: tenantLabels,
    fill: (add) => {
      for (const [labels, { calls: ended }] of tenantCalls.entries()) add(labels, ended);
    },
  });
  const routedLabels = ["region", "model", "tier", "cohort", "code"] as const;
  const routed = createTally(routedLabels, count);
  showCounter(registry, {
    name: "meridian_routed_calls_total",
    help: "Chats that had a route and have ended, by the model that was asked last.",
    labelNames: routedLabels,
    fill: (add) => {
      for (const [labels, { calls: ended }] of routed.entries()) add(labels, ended);
    },
  });
  const learned = createTally(["language", "tier"], count);
  showCounter(registry, {
    name: "meridian_learned_calls_total",
    help: "Chats whose tier the learned policy decided and that have ended, by the language that their prompts seemed to be in.",
    labelNames: ["language", "tier"],
    fill: (add) => {
      for (const [labels, { calls: ended }] of learned.entries()) add(labels, ended);
    },
  });

  const restarts = createTally(["model"], () => ({ restarts: 0 }));
  showCounter(registry, {
    name: "meridian_restarts_total",
    help: "Streams whose content was voided and begun anew, by the model that was asked last.",
    labelNames: ["model"],
    fill: (add) => {
      for (const [labels, { restarts: count }] of restarts.entries()) add(labels, count);
    },
  });
  const seconds = showHistogram(registry, {
    name: "meridian_call_duration_seconds",
    help: "From the arrival of a chat that had a route to its end.",
    labelNames: ["rpc", "tier", "cohort", "code"],
    buckets: secondsBuckets,
  });

  return {
    started: (rpc) => addRunning(rpcLabel(rpc), 1),
    ended(record, labels) {
      addRunning(labels.rpc, -1);
      calls.at(labels).calls += 1;
      tenantCalls.at(labels).calls += 1;
      if (!isRoutedChat(record)) return;
      routed.at(labels).calls += 1;
      const reading = record.plan?.signals.learned;
      if (reading !== undefined) learned.at({ language: reading.language, tier: labels.tier }).calls += 1;
      if (record.restarts !== undefined && record.restarts > 0) restarts.at(labels).restarts += record.restarts;
      seconds(labels, record.durationMs / 1000);
    },
  };
}
