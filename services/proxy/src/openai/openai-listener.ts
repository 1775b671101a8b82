import { Code, ConnectError } from "@connectrpc/connect";
import type { Logger } from "@meridian/telemetry";
import { refusedError } from "../errors/to-connect-error.js";
import type { MessageCheck } from "../interceptors/validate-request.js";
import type { CallGate } from "../listen/call-gate.js";
import type { Door } from "../listen/door.js";
import { headerOf } from "../listen/header-of.js";
import type { HttpRequest, HttpResponse } from "../listen/respond.js";
import type { Services } from "../services.js";
import { answerChat } from "./answer-chat.js";
import { answerModel, answerModels } from "./answer-models.js";
import { createExchange, type OpenAiExchange, type OpenAiRequest } from "./openai-exchange.js";
import { openAiTimeoutMs } from "./openai-timeout.js";

/** What the front needs. */
export interface OpenAiListenerOptions {
  readonly services: Services;
  readonly door: Door;
  readonly admit: CallGate;
  readonly logger: Logger;
  /** Checks the routing options of a chat. */
  readonly check: MessageCheck;
  /** How long the body of a request may take to come, in milliseconds. Default 60,000. */
  readonly bodyTimeoutMs?: number;
}

/** What answers the requests of a path. */
interface Resource {
  readonly method: "GET" | "POST";
  /** Its name in records, where no better one is known. */
  readonly rpc: string;
  readonly answer: (exchange: OpenAiExchange) => Promise<void>;
}

const prefix = "/v1/";

/**
 * Creates the OpenAI-compatible front of the public port. What it gives answers a request whose path is below `/v1/`, and
 * says whether it is.
 *
 * @see https://platform.openai.com/docs/api-reference/chat
 */
export function createOpenAiListener(options: OpenAiListenerOptions) {
  const { services, door, admit, logger, check, bodyTimeoutMs = 60_000 } = options;

  const resourceAt = (path: string): Resource | undefined => {
    if (path === "chat/completions")
      return { method: "POST", rpc: "Chat", answer: (exchange) => answerChat(exchange, services, check) };
    if (path === "models")
      return { method: "GET", rpc: "ListModels", answer: (exchange) => answerModels(exchange, services) };
    const name = /^models\/(.+)$/.exec(path)?.[1];
    if (name === undefined) return undefined;
    const model = decoded(name);
    return { method: "GET", rpc: "ListModels", answer: (exchange) => answerModel(exchange, services, model) };
  };

  const answer = async (arrived: OpenAiRequest, { rpc, answer }: Resource): Promise<void> => {
    const exchange = createExchange(arrived, services, logger, bodyTimeoutMs);
    const { response } = arrived;
    try {
      await answer(exchange);
    } catch (error) {
      const refused = exchange.report(rpc).fail(error);
      if (!response.headersSent) exchange.sendError(refused);
      // Mostly callers that went away, or take nothing any more.
      else if (!response.destroyed) response.destroy();
    }
  };

  return (request: HttpRequest, response: HttpResponse, path: string): boolean => {
    if (!path.startsWith(prefix)) return false;
    const arrivedAtMs = services.clock.now();
    const timeoutMs = openAiTimeoutMs(headerOf(request));
    const resource = resourceAt(path.slice(prefix.length));
    const rpc = resource?.rpc ?? "unknown";
    const call = { request, response, arrivedAtMs, timeoutMs, rpc, protocol: "openai", errorForm: "openai" } as const;
    door(call, (tenant) => {
      const arrived = { request, response, arrivedAtMs, timeoutMs, tenant };
      if (resource !== undefined && resource.method === request.method) {
        admit(call, tenant, () => answer(arrived, resource));
        return;
      }
      const exchange = createExchange(arrived, services, logger, bodyTimeoutMs);
      if (resource !== undefined) response.setHeader("allow", resource.method);
      exchange.sendError(resource === undefined ? unknownUrl(request) : wrongMethod(request, resource));
    });
    return true;
  };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function unknownUrl({ method, url }: HttpRequest): ConnectError {
  const served = "POST /v1/chat/completions, GET /v1/models and GET /v1/models/{id}";
  const message = `${method} ${url?.slice(0, 128)} is not served here; what is: ${served}`;
  return refusedError(new ConnectError(message, Code.NotFound), "unknown_url");
}

function wrongMethod({ method }: HttpRequest, resource: Resource): ConnectError {
  const message = `${method} is not served here; send ${resource.method}`;
  return refusedError(new ConnectError(message, Code.InvalidArgument), "method_not_allowed");
}
