import type { CallContext } from "../call-context.js";
import type { Services } from "../services.js";
import { parseRequestStart } from "./request-start.js";

type HeaderServices = Pick<Services, "clock" | "timeOfDayMs" | "isTrusted">;

/**
 * Sets the headers that every answer has, a failed one too: `x-request-id`, `x-region-code`, `x-model-routed` (the model
 * that answers; before one does, the last one tried or the one planned) and `x-edge-latency-ms` (from `x-request-start`
 * where a trusted edge sets it, else from arrival).
 */
export function setAnswerHeaders(
  answer: Headers,
  request: Headers,
  context: CallContext,
  services: HeaderServices,
  model = context.attempts.at(-1)?.deployment.model.id ?? context.plan?.model,
): void {
  answer.set("x-request-id", context.requestId);
  if (context.location !== undefined) answer.set("x-region-code", context.location.country);
  if (model !== undefined) answer.set("x-model-routed", model);
  answer.set("x-edge-latency-ms", String(Math.round(latencyMs(request, context, services))));
}

function latencyMs(request: Headers, { arrivedAtMs, peerAddress }: CallContext, services: HeaderServices): number {
  const nowMs = services.timeOfDayMs();
  const isTrusted = peerAddress !== undefined && services.isTrusted(peerAddress);
  const startMs = isTrusted ? parseRequestStart(request.get("x-request-start") ?? undefined, nowMs) : undefined;
  return startMs === undefined ? services.clock.now() - arrivedAtMs : nowMs - startMs;
}
