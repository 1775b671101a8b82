import type { AttemptOutcome, Credential } from "@meridian/core";
import type { CanaryObservation } from "@meridian/routing";
import type { CallRecord } from "@meridian/telemetry";

/** What an attempt's outcome says of its deployment. */
const verdictOf = {
  ok: "answered",
  // The request's own fault, and the caller's will: they say nothing of the deployment.
  invalid_request: "nothing",
  content_policy: "nothing",
  context_too_long: "nothing",
  canceled: "nothing",
  shutting_down: "nothing",
  internal: "nothing",
  // The relay had not answered by then: a hanging canary would be seen by nothing else.
  deadline_exceeded: "failed",
  credential_rejected: "failed",
  credit_exhausted: "failed",
  model_missing: "failed",
  rate_limited: "failed",
  overloaded: "failed",
  connection_failed: "failed",
  headers_limit: "failed",
  first_token_limit: "failed",
  idle_limit: "failed",
  attempt_limit: "failed",
  malformed_answer: "failed",
  stream_truncated: "failed",
} as const satisfies Record<AttemptOutcome, "answered" | "failed" | "nothing">;

/**
 * What a call says of its side of the canary; undefined: nothing. Only its first attempt counts, with the key and the
 * model of its side: what other deployments made good afterwards would hide a canary that never works. For the same reason a
 * call counts as failed whose plan had to begin elsewhere, because the breaker of its side's key or model was open.
 *
 * @param isChecked whether a key may take traffic already: one that has come with a reload has to be checked first
 */
export function canaryObservationFrom(
  { plan, attempts, firstTokenMs }: CallRecord,
  isChecked: (credential: Credential) => boolean,
): CanaryObservation | undefined {
  const first = plan?.candidates[0];
  const attempt = attempts[0];
  // Callers that name no user are no random part of all: they are not compared.
  if (plan === undefined || first === undefined || attempt === undefined || !plan.hasUser) return undefined;
  const { cohort } = plan;
  const own = first.endpoint.credentials.filter((credential) => credential.cohort === cohort);
  const isOnSide = own.length === 0 || first.credentials[0]?.cohort === cohort;
  if (!isOnSide && !own.every(isChecked)) return undefined;
  if (first.model.id !== plan.model || !isOnSide) return { cohort, isFailed: true, latency: undefined };
  // A limit that is kept here sent the call elsewhere.
  if (attempt.deployment.model.id !== first.model.id) return undefined;
  const verdict = verdictOf[attempt.outcome];
  if (verdict === "nothing") return undefined;
  if (verdict === "failed") return { cohort, isFailed: true, latency: undefined };
  const { transport, startMs, durationMs } = attempt;
  const ms = transport === "unary" ? durationMs : firstTokenMs === undefined ? undefined : firstTokenMs - startMs;
  return { cohort, isFailed: false, latency: ms === undefined ? undefined : { transport, ms } };
}
