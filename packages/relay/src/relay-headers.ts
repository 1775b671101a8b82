import type { RelayRequest, Transport } from "@meridian/core";

/** The headers of a request to a relay. None of the caller's own headers is among them, but where its trace is passed on. */
export function relayHeaders(request: RelayRequest, transport: Transport): Record<string, string> {
  const { clientAddress, traceContext } = request;
  const { credential } = request.deployment;
  return {
    authorization: `Bearer ${credential.key.reveal()}`,
    "content-type": "application/json",
    accept: transport === "stream" ? "text/event-stream" : "application/json",
    "user-agent": "meridian",
    "x-request-id": request.requestId,
    "x-key-version": credential.version,
    "x-edge-region": request.country,
    ...(clientAddress === undefined ? {} : { "x-original-forwarded-for": clientAddress }),
    ...(traceContext === undefined ? {} : { traceparent: traceContext.traceparent }),
    ...(traceContext?.tracestate === undefined ? {} : { tracestate: traceContext.tracestate }),
  };
}
