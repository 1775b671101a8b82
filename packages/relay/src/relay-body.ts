import { isJsonObject, type JsonObject, type RelayRequest, type Transport } from "@meridian/core";

/** The JSON body of a request to a relay: all that the caller set, and the defaults for what the caller left open. */
export function relayBody(request: RelayRequest, transport: Transport): string {
  const { body } = request;
  const hasTokenLimit = "max_tokens" in body || "max_completion_tokens" in body;
  const defaults: JsonObject = {
    temperature: request.temperature,
    ...(hasTokenLimit ? {} : { max_tokens: request.maxTokens }),
  };
  return JSON.stringify({
    ...defaults,
    ...body,
    model: request.deployment.model.upstreamName,
    ...(transport === "stream" ? streaming(body) : whole),
  });
}

/** Relays refuse `stream_options` without `stream`; JSON has no undefined, so that both are left out. */
const whole = { stream: undefined, stream_options: undefined };

function streaming({ stream_options: options }: JsonObject): JsonObject {
  return { stream: true, stream_options: { ...(isJsonObject(options) ? options : {}), include_usage: true } };
}
