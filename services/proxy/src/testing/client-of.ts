import { createInferenceClient, type InferenceClient, type NodeClientOptions } from "@meridian/inference-client";
import { onTestFinished } from "vitest";
import type { TestProxy } from "./start-test-proxy.js";

/** Node's client of a test proxy, closed when the test has finished. */
export function clientOf({ proxy }: TestProxy, options: Omit<NodeClientOptions, "baseUrl"> = {}): InferenceClient {
  const client = createInferenceClient({ baseUrl: proxy.url, ...options });
  onTestFinished(() => client.close());
  return client;
}
