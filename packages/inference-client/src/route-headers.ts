/** What the headers of every answer say, see `InferenceService` of the contract. Undefined: the header did not come. */
export interface RouteHeaders {
  /** `x-request-id`. */
  readonly requestId: string | undefined;
  /** `x-model-routed`: the model, by its id in the catalogue. */
  readonly model: string | undefined;
  /** `x-region-code`: the caller's country, ISO 3166-1 alpha-2, or "DEFAULT". */
  readonly country: string | undefined;
  /** `x-edge-latency-ms`: from the call's arrival to its answer, in milliseconds. */
  readonly edgeLatencyMs: number | undefined;
}

/** Reads the headers that `CallOptions.onHeader` and `InferenceError.headers` give. */
export function routeHeadersFrom(headers: Headers): RouteHeaders {
  const latency = headers.get("x-edge-latency-ms") ?? "";
  return {
    requestId: headers.get("x-request-id") ?? undefined,
    model: headers.get("x-model-routed") ?? undefined,
    country: headers.get("x-region-code") ?? undefined,
    edgeLatencyMs: /^\d+(\.\d+)?$/.test(latency) ? Number(latency) : undefined,
  };
}
