import { Agent } from "undici";
import type { DispatcherOptions, ExchangeDispatcher } from "./dispatcher.js";

/** Sends requests to relays that choose HTTP/2, by undici. A file of its own: few do, and it takes 8 MB. */
export function createHttp2Agent({ connectTimeoutMs: timeout, maxConnections }: DispatcherOptions): ExchangeDispatcher {
  // Dispatch has the limits; a second set of timers here could only contradict them.
  const agent = new Agent({ connections: maxConnections, connect: { timeout }, headersTimeout: 0, bodyTimeout: 0 });
  return {
    dispatch: (message, handler) => void agent.dispatch({ ...message, body: message.body ?? null }, handler),
    close: () => agent.destroy(),
  };
}
