import type { CallFailure } from "@meridian/core";

/** A failure in words: what happened and, where the caller can do something, what. */
export function describeFailure(failure: CallFailure): string {
  switch (failure.kind) {
    case "invalid_request":
      return withRelayWords("the relay refused the request", failure.message);
    case "content_policy":
      return withRelayWords("the relay's content policy refused the request", failure.message);
    case "context_too_long":
      return withRelayWords("prompt and answer do not fit the model's context window", failure.message);
    case "credential_rejected":
      return "the relay refused Meridian's own key; the operator has to renew it";
    case "credit_exhausted":
      return "Meridian's account at the relay has no credit left";
    case "model_missing":
      return "the relay does not have the model";
    case "rate_limited":
      return "the relay's rate limit is reached";
    case "overloaded":
      return `the relay is overloaded (status ${failure.status})`;
    case "connection_failed":
      return `the relay could not be reached (${failure.code})`;
    case "headers_limit":
      return `the relay did not begin to answer within ${failure.limitMs} ms`;
    case "first_token_limit":
      return `the relay sent no content within ${failure.limitMs} ms`;
    case "idle_limit":
      return `the relay's stream was silent for ${failure.limitMs} ms`;
    case "attempt_limit":
      return `the relay did not finish within ${failure.limitMs} ms`;
    case "malformed_answer":
      return `the relay's answer is malformed: ${failure.detail}`;
    case "stream_truncated":
      return "the relay's answer was cut short; what came is not whole";
    case "unauthenticated":
      return "the call shows no valid credential; send authorization: Bearer KEY";
    case "canceled":
      return "the caller went away";
    case "deadline_exceeded":
      return "the deadline is over";
    case "shutting_down":
      return "the process is stopping; call again";
    case "too_many_calls":
      return "this process has more calls than it can answer in time; call again after the retry delay";
    case "unknown_model":
      return `${failure.field}: "${failure.model}" is not in the catalogue; ListModels has the ids`;
    case "no_candidate":
      return ["no deployment may answer this call", ...failure.excluded.slice(0, 8)].join("; ");
    case "not_allowed":
      return ["this tenant may not make this call", ...failure.reasons.slice(0, 8)].join("; ");
    case "tenant_limit": {
      const { limit, maximum, used, asked } = failure;
      return `the tenant's limit ${limit} is reached: ${used} of ${maximum} are used or reserved, this call needs up to ${asked}`;
    }
    case "circuit_open":
      return "every deployment that may answer is left alone after failures; call again after the retry delay";
  }
}

function withRelayWords(sentence: string, relayWords: string): string {
  return relayWords === "" ? sentence : `${sentence}: ${relayWords}`;
}
