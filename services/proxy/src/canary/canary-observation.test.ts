import type { Attempt, Candidate, Cohort, Credential, RoutePlan } from "@meridian/core";
import { Secret } from "@meridian/core";
import type { CallRecord } from "@meridian/telemetry";
import { describe, expect, test } from "vitest";
import { exampleAttempt, exampleDeployment, examplePlan } from "../testing/example-route.js";
import { canaryObservationFrom } from "./canary-observation.js";

const key = (name: string, cohort: Cohort | undefined): Credential => ({
  name,
  version: "1",
  cohort,
  key: new Secret("sk-test"),
});
const [ownKey, anyKey, otherKey] = [key("own", "canary"), key("any", undefined), key("other", "baseline")];

interface Case {
  readonly keys?: readonly Credential[];
  readonly plan?: Partial<RoutePlan>;
  readonly attempts?: readonly Partial<Attempt>[];
  readonly firstTokenMs?: number;
  readonly isChecked?: boolean;
}

function observationOf({ keys = [anyKey], plan = {}, attempts = [{}], firstTokenMs, isChecked = true }: Case) {
  const endpoint = {
    ...exampleDeployment.endpoint,
    credentials: [ownKey, anyKey, otherKey].filter((each) => keys.includes(each)),
  };
  const candidate: Candidate = {
    endpoint,
    model: exampleDeployment.model,
    credentials: keys,
    reason: "",
    breaker: "closed",
    estimatedCostNanoUsd: 0n,
    latencyMs: undefined,
  };
  const record: CallRecord = {
    rpc: "Chat",
    protocol: "connect",
    tenant: "anonymous",
    arrivedAtMs: 0,
    requestId: "request",
    code: "ok",
    reason: undefined,
    plan: { ...examplePlan, model: "gpt-4.1", cohort: "canary", hasUser: true, candidates: [candidate], ...plan },
    attempts: attempts.map((attempt) => ({ ...exampleAttempt, startMs: 5, durationMs: 20, ...attempt })),
    durationMs: 25,
    firstTokenMs,
    configVersion: "v1",
  };
  return canaryObservationFrom(record, () => isChecked);
}

const answered = (transport: "unary" | "stream", ms: number) => ({
  cohort: "canary",
  isFailed: false,
  latency: { transport, ms },
});
const failed = { cohort: "canary", isFailed: true, latency: undefined };
const elsewhere = { ...exampleDeployment, model: { ...exampleDeployment.model, id: "gemini-2.5-flash" } };

describe("a call says", () => {
  test.each<[string, Case, object | undefined]>([
    ["how long a whole answer took", {}, answered("unary", 20)],
    ["when its first content came", { attempts: [{ transport: "stream" }], firstTokenMs: 12 }, answered("stream", 7)],
    ["that it failed", { attempts: [{ outcome: "overloaded" }] }, failed],
    [
      "that its first attempt failed, whatever came after",
      { attempts: [{ outcome: "credential_rejected" }, {}] },
      failed,
    ],
    ["that it hung until the caller's deadline", { attempts: [{ outcome: "deadline_exceeded" }] }, failed],
    ["that its side's key was left alone", { keys: [anyKey, ownKey] }, failed],
    ["that its side's model was left alone", { plan: { model: "deepseek-v3.2" } }, failed],
    ["nothing while its side's key waits for its check", { keys: [anyKey, ownKey], isChecked: false }, undefined],
    ["what its side's key did", { keys: [ownKey, anyKey] }, answered("unary", 20)],
    ["nothing of a request that is wrong itself", { attempts: [{ outcome: "invalid_request" }] }, undefined],
    ["nothing when its caller left", { attempts: [{ outcome: "canceled" }] }, undefined],
    ["nothing where no user is named", { plan: { hasUser: false } }, undefined],
    ["nothing where no relay was asked", { attempts: [] }, undefined],
    ["nothing where a limit sent it elsewhere", { attempts: [{ deployment: elsewhere }] }, undefined],
  ])("%s", (_name, call, observation) => {
    expect(observationOf(call)).toEqual(observation);
  });
});
