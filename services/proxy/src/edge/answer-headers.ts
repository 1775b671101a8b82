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
  answer: Pick<Headers, "set">,
  request: Pick<Headers, "get">,
  context: CallContext,
  services: HeaderServices,
  model = context.attempts.at(-1)?.deployment.model.id ?? context.plan?.model,
): void {
  answer.set("x-request-id", context.requestId);
  if (context.location !== undefined) answer.set("x-region-code", context.location.country);
  if (model !== undefined) answer.set("x-model-routed", model);
  answer.set("x-edge-latency-ms", String(Math.round(latencyMs(request, context, services))));
}

function latencyMs(
  request: Pick<Headers, "get">,
  { arrivedAtMs, peerAddress }: CallContext,
  services: HeaderServices,
): number {
  const header = request.get("x-request-start");
  const isTrusted = header !== null && peerAddress !== undefined && services.isTrusted(peerAddress);
  const nowMs = services.timeOfDayMs();
  const startMs = isTrusted ? parseRequestStart(header, nowMs) : undefined;
  return startMs === undefined ? services.clock.now() - arrivedAtMs : nowMs - startMs;
}
