import type { CallFailure, Tenant } from "@meridian/core";
import type { CallRecord } from "../recorder.js";

/** What the labels of calls take their values from, beside closed sets: asked for at each call, as a reload changes it. */
export interface MetricsWorld {
  /** The countries of the region table. */
  readonly regions: () => Pick<ReadonlySet<string>, "has">;
  /** Those that the configuration names. */
  readonly tenants: () => ReadonlyMap<string, Pick<Tenant, "limits">>;
}

/** The labels of a call. A caller chooses among their values, and can add none. */
export interface CallLabels {
  /** The RPC's name, or "other". */
  readonly rpc: string;
  /** "connect", "grpc", "grpc-web" or "openai". */
  readonly protocol: string;
  /** "ok", or the name of a Connect code. */
  readonly code: string;
  /** A word of docs/errors.md; empty for an answered call. */
  readonly reason: string;
  /** A country of the region table, or "DEFAULT". */
  readonly region: string;
  /** A name of the configuration, "anonymous", or "other". */
  readonly tenant: string;
  /** "low", "medium", "high", or "pinned". */
  readonly tier: string;
  /** "baseline" or "canary". */
  readonly cohort: string;
  /** The model that the call should be answered by; empty where none was planned. */
  readonly plannedModel: string;
  /** The model of the last attempt; where there was none, the planned one. */
  readonly model: string;
}

/** The labels of a call that has ended. */
export function callLabelsOf(record: CallRecord, { regions, tenants }: MetricsWorld): CallLabels {
  const { plan, attempts, tenant, reason } = record;
  const country = plan?.location.country ?? "DEFAULT";
  const plannedModel = plan?.model ?? "";
  return {
    rpc: rpcLabel(record.rpc),
    protocol: among(protocols, record.protocol),
    code: among(codes, record.code),
    reason: reason === undefined ? "" : among(reasons, reason),
    region: regions().has(country) ? country : "DEFAULT",
    tenant: tenant === "anonymous" || tenants().has(tenant) ? tenant : "other",
    tier: plan?.tier ?? "pinned",
    cohort: plan?.cohort ?? "baseline",
    plannedModel,
    model: attempts.at(-1)?.deployment.model.id ?? plannedModel,
  };
}

/** The RPC's name, or "other". */
export function rpcLabel(rpc: string): string {
  return among(rpcs, rpc);
}

function among(values: ReadonlySet<string>, value: string): string {
  return values.has(value) ? value : "other";
}

const rpcs: ReadonlySet<string> = new Set(["Chat", "StreamChat", "ExplainRoute", "ListModels"]);
const protocols: ReadonlySet<string> = new Set(["connect", "grpc", "grpc-web", "openai"]);

/** The names of Connect's codes, see https://connectrpc.com/docs/protocol#error-codes. */
const errorCodes = [
  ...["canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "already_exists"],
  ...["permission_denied", "resource_exhausted", "failed_precondition", "aborted", "out_of_range"],
  ...["unimplemented", "internal", "unavailable", "data_loss", "unauthenticated"],
];
const codes: ReadonlySet<string> = new Set(["ok", ...errorCodes]);

/** Why a call fails, see docs/errors.md. */
const failures = {
  invalid_request: true,
  content_policy: true,
  context_too_long: true,
  credential_rejected: true,
  credit_exhausted: true,
  model_missing: true,
  rate_limited: true,
  overloaded: true,
  connection_failed: true,
  headers_limit: true,
  first_token_limit: true,
  idle_limit: true,
  attempt_limit: true,
  malformed_answer: true,
  stream_truncated: true,
  unauthenticated: true,
  canceled: true,
  deadline_exceeded: true,
  shutting_down: true,
  too_many_calls: true,
  unknown_model: true,
  no_candidate: true,
  not_allowed: true,
  tenant_limit: true,
  circuit_open: true,
} as const satisfies Record<CallFailure["kind"], true>;

/** Besides: the edge's own reasons, and the code where an error of the protocol's layer has no reason. */
const reasons: ReadonlySet<string> = new Set([
  ...Object.keys(failures),
  ...["request_too_large", "internal", "unknown_url", "method_not_allowed"],
  ...errorCodes,
]);
