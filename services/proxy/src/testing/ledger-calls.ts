import type { CallRecord } from "@meridian/telemetry";
import type { LedgerAttempt, LedgerCall } from "../ledger/ledger-call.js";
import { CallPacker, type PackedCalls } from "../ledger/packed-calls.js";
import { exampleAttempt, examplePlan } from "./example-route.js";

/** An attempt of a test: 1,000 nano-USD, reported, unless said otherwise. */
export function ledgerAttempt(attempt: Partial<LedgerAttempt> = {}): LedgerAttempt {
  return {
    endpoint: "tokyo",
    model: "gpt-4.1",
    credential: "new",
    transport: "unary",
    outcome: "ok",
    status: 200,
    startMs: 0,
    durationMs: 10,
    promptTokens: 7,
    cachedTokens: 0,
    completionTokens: 3,
    reasoningTokens: 0,
    costNanoUsd: 1_000n,
    costSource: "reported",
    ...attempt,
  };
}

/** A call of a test: one attempt, ended at 1,000,000 ms, unless said otherwise. */
export function ledgerCall(call: Partial<LedgerCall> = {}): LedgerCall {
  return {
    endedAtMs: 1_000_000,
    durationMs: 12,
    requestId: "request",
    tenant: "search",
    rpc: "Chat",
    protocol: "grpc",
    code: "ok",
    reason: "",
    region: "ID",
    tier: "low",
    cohort: "baseline",
    configVersion: "v1",
    attempts: [ledgerAttempt()],
    ...call,
  };
}

/** The record of an answered call of one attempt. */
export const exampleRecord: CallRecord = {
  rpc: "Chat",
  protocol: "grpc",
  requestId: "request",
  tenant: "search",
  code: "ok",
  reason: undefined,
  plan: examplePlan,
  attempts: [exampleAttempt],
  arrivedAtMs: 1_000_000,
  durationMs: 22,
  firstTokenMs: undefined,
  configVersion: "v1",
};

/** Calls, packed as they are written. */
export function packCalls(calls: readonly LedgerCall[]): PackedCalls {
  const packer = new CallPacker();
  for (const call of calls) packer.add(call);
  return packer.take();
}
