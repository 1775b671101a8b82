import type { ChatMessage, ChatRequest } from "@meridian/inference-proto";

/**
 * Whether a request surely keeps every rule of the contract. False says nothing: it has something that is not looked at
 * here, and the check of the rules themselves decides.
 */
export function isSurelyValid(request: ChatRequest): boolean {
  return isUsual(request) && request.messages.every(isUsualMessage);
}

function isUsual(request: ChatRequest): boolean {
  const { messages, model, temperature, topP, maxTokens, maxCompletionTokens, n, seed } = request;
  return (
    messages.length >= 1 &&
    messages.length <= 2048 &&
    isWithinBytes(model, 128) &&
    isBetween(temperature, 0, 2) &&
    isBetween(topP, 0, 1) &&
    isBetween(maxTokens, 1, 1_000_000) &&
    isBetween(maxCompletionTokens, 1, 1_000_000) &&
    isBetween(n, 1, 16) &&
    isBetween(request.presencePenalty, -2, 2) &&
    isBetween(request.frequencyPenalty, -2, 2) &&
    (seed === undefined || (seed >= -maxSeed && seed <= maxSeed)) &&
    isWithinBytes(request.user, 256) &&
    isWithinBytes(request.promptCacheKey, 256) &&
    isWithinBytes(request.safetyIdentifier, 256) &&
    isWithinBytes(request.serviceTier, 32) &&
    // Rules of more than one word, in requests that are less usual.
    request.topLogprobs === undefined &&
    request.stop.length === 0 &&
    request.tools.length === 0 &&
    request.responseFormat === undefined &&
    request.reasoningEffort === "" &&
    request.verbosity === "" &&
    request.routing === undefined &&
    isEmpty(request.metadata) &&
    isEmpty(request.logitBias)
  );
}

function isUsualMessage({ role, content, parts, name, toolCalls, toolCallId, annotations }: ChatMessage): boolean {
  return (
    (role === "user" || role === "system" || role === "assistant" || role === "developer") &&
    content !== undefined &&
    parts.length === 0 &&
    toolCalls.length === 0 &&
    toolCallId === "" &&
    annotations.length === 0 &&
    isWithinBytes(name, 64)
  );
}

const maxSeed = BigInt(Number.MAX_SAFE_INTEGER);

/** A number that is not set has no rules. One that is none keeps none. */
function isBetween(value: number | undefined, lowest: number, highest: number): boolean {
  return value === undefined || (value >= lowest && value <= highest);
}

/** A character of UTF-16 is at most three bytes of UTF-8. */
function isWithinBytes(text: string, maxBytes: number): boolean {
  return text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes;
}

function isEmpty(values: object): boolean {
  for (const _key in values) return false;
  return true;
}
