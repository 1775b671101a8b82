import { type Credential, type Endpoint, type JsonObject, type RelayRequest, Secret } from "@meridian/core";

/** The key of every test. */
export const testKey = new Secret("sk-test-0123456789");

/** A credential with the test's key. */
export const testCredential: Credential = { name: "main", version: "v7", cohort: undefined, key: testKey };

/** An endpoint at an address. */
export function testEndpoint(baseUrl: string): Endpoint {
  return { name: "tokyo", baseUrl, models: undefined, credentials: [testCredential] };
}

/** A request to the relay at `baseUrl`. */
export function testRequest(baseUrl: string, body: JsonObject = {}): RelayRequest {
  const messages = [{ role: "user", content: "hi" }];
  return {
    deployment: {
      endpoint: testEndpoint(baseUrl),
      model: {
        id: "gpt-4.1",
        upstreamName: "openai/gpt-4.1",
        prices: {
          base: {
            inputNanoUsd: 0n,
            outputNanoUsd: 8_000_000_000n,
            cachedInputNanoUsd: undefined,
            reasoningNanoUsd: undefined,
          },
          changes: [],
        },
        contextWindowTokens: 1_000_000,
        requestsPerMinute: undefined,
        tokensPerMinute: undefined,
        fallbacks: [],
      },
      credential: testCredential,
    },
    body: { messages, ...body },
    temperature: 0.7,
    maxTokens: 1000,
    country: "ID",
    clientAddress: "203.0.113.9",
    requestId: "request-1",
  };
}
