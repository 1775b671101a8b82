import type { Attempt } from "@meridian/core";
import type { Registry } from "prom-client";
import { createTally, showCounter } from "./tally.js";

/** Counts calls to relays, and what their failures led to. */
export interface AttemptMetrics {
  /** All attempts of one call, in order. */
  ended(attempts: readonly Attempt[]): void;
}

/** Registers what is counted of attempts. */
export function createAttemptMetrics(registry: Registry): AttemptMetrics {
  const count = () => ({ attempts: 0 });
  const attemptLabels = ["endpoint", "model", "transport", "outcome"] as const;
  const attempts = createTally(attemptLabels, count);
  showCounter(registry, {
    name: "meridian_attempts_total",
    help: "Calls to relays that have ended, by outcome.",
    labelNames: attemptLabels,
    fill: (add) => {
      for (const [labels, { attempts: ended }] of attempts.entries()) add(labels, ended);
    },
  });
  const retryLabels = ["endpoint", "model", "reason"] as const;
  const retries = createTally(retryLabels, count);
  showCounter(registry, {
    name: "meridian_retries_total",
    help: "Attempts on the deployment that had just failed, with any key, by what it had failed with.",
    labelNames: retryLabels,
    fill: (add) => {
      for (const [labels, { attempts: made }] of retries.entries()) add(labels, made);
    },
  });
  const fallbackLabels = ["model", "next_model", "reason"] as const;
  const fallbacks = createTally(fallbackLabels, count);
  showCounter(registry, {
    name: "meridian_fallbacks_total",
    help: "Attempts on another endpoint or model than the one that had just failed, by what it had failed with.",
    labelNames: fallbackLabels,
    fill: (add) => {
      for (const [labels, { attempts: made }] of fallbacks.entries()) add(labels, made);
    },
  });

  return {
    ended(ofCall) {
      let last: Attempt | undefined;
      for (const attempt of ofCall) {
        const { transport, outcome } = attempt;
        const endpoint = attempt.deployment.endpoint.name;
        const model = attempt.deployment.model.id;
        attempts.at({ endpoint, model, transport, outcome }).attempts += 1;
        if (last !== undefined) {
          const lastModel = last.deployment.model.id;
          const isSame = last.deployment.endpoint.name === endpoint && lastModel === model;
          const reason = last.outcome;
          const moves = isSame
            ? retries.at({ endpoint, model, reason })
            : fallbacks.at({ model: lastModel, next_model: model, reason });
          moves.attempts += 1;
        }
        last = attempt;
      }
    },
  };
}
