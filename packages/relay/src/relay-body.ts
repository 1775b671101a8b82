import { isJsonObject, type JsonObject, type RelayRequest, type Transport } from "@meridian/core";

/** The JSON body of a request to a relay: all that the caller set, and the defaults for what the caller left open. */
export function relayBody(request: RelayRequest, transport: Transport): string {
  const { body } = request;
  const hasTokenLimit = "max_tokens" in body || "max_completion_tokens" in body;
  const isStreamed = transport === "stream";
  // What is undefined is left out of JSON. Relays refuse `stream_options` without `stream`.
  return JSON.stringify({
    temperature: request.temperature,
    max_tokens: hasTokenLimit ? undefined : request.maxTokens,
    ...body,
    model: request.deployment.model.upstreamName,
    stream: isStreamed ? true : undefined,
    stream_options: isStreamed ? streamOptions(body) : undefined,
  });
}

function streamOptions({ stream_options: options }: JsonObject): JsonObject {
  return { ...(isJsonObject(options) ? options : {}), include_usage: true };
}
