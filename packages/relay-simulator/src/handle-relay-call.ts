import { setTimeout as sleep } from "node:timers/promises";
import { answerChat } from "./answer-chat.js";
import { answerModels } from "./answer-models.js";
import type { Exchange } from "./exchange.js";
import { RefusedRequest } from "./openai-error.js";
import { digest } from "./random.js";
import type { RelayCallContext } from "./relay-call-context.js";
import type { SimulatorState } from "./simulator-state.js";

/** Headers that every answer has, errors too. */
export function commonHeaders(state: SimulatorState): Readonly<Record<string, string>> {
  state.answers++;
  return {
    "x-request-id": `req_${digest(`${state.seed} request ${state.answers}`, 32)}`,
    "openai-version": "2020-10-01",
  };
}

/**
 * Answers a request under `/v1`. Rejects when the client leaves.
 *
 * @throws RefusedRequest for what OpenAI would refuse.
 */
export async function handleRelayCall(
  exchange: Exchange,
  state: SimulatorState,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { call, signal } = exchange;
  const path = call.path.replace(/\?.*$/s, "");
  const context: RelayCallContext = {
    state,
    headers,
    key: authorize(call.headers["authorization"], state.apiKeys),
    wait: async (delayMs) => {
      if (delayMs > 0) {
        await sleep(delayMs, undefined, { signal });
      }
    },
  };
  if (path === "/v1/chat/completions") {
    requireMethod(call.method, ["POST"]);
    return answerChat(exchange, context);
  }
  if (path === "/v1/models" || path.startsWith("/v1/models/")) {
    requireMethod(call.method, ["GET", "HEAD"]);
    return answerModels(exchange, context, path.slice("/v1/models/".length));
  }
  const message = `Unknown request URL: ${call.method} ${path.slice(0, 200)}.`;
  throw new RefusedRequest(404, { message, code: "unknown_url" });
}

function authorize(authorization: string | undefined, keys: ReadonlySet<string> | undefined): string {
  const key = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  if (key === undefined) {
    const message = "You didn't provide an API key. Send it as Authorization: Bearer YOUR_KEY.";
    throw new RefusedRequest(401, { message });
  }
  if (keys !== undefined && !keys.has(key)) {
    throw new RefusedRequest(401, { message: `Incorrect API key provided: ****${key.slice(-4)}.` });
  }
  return key;
}

function requireMethod(method: string, allowed: readonly string[]): void {
  if (!allowed.includes(method)) {
    const message = `Not allowed to ${method.slice(0, 20)} here. Use ${allowed.join(" or ")}.`;
    throw new RefusedRequest(405, { message, code: "method_not_allowed" }, { allow: allowed.join(", ") });
  }
}
