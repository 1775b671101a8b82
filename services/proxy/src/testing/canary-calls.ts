import type { CallRecord } from "@meridian/telemetry";
import { exampleAttempt, exampleDeployment, examplePlan } from "./example-route.js";

/** An answered call of a user of the baseline, whom the canary counts. */
export const answeredCall: CallRecord = {
  rpc: "Chat",
  protocol: "connect",
  tenant: "anonymous",
  arrivedAtMs: 0,
  requestId: "request",
  code: "ok",
  reason: undefined,
  plan: {
    ...examplePlan,
    model: "gpt-4.1",
    hasUser: true,
    candidates: [
      {
        ...exampleDeployment,
        credentials: [exampleDeployment.credential],
        reason: "",
        breaker: "closed",
        estimatedCostNanoUsd: 0n,
        latencyMs: undefined,
      },
    ],
  },
  attempts: [exampleAttempt],
  durationMs: 25,
  firstTokenMs: undefined,
  configVersion: "v1",
};
