import type { IncomingMessage, ServerResponse } from "node:http";
import type { OpenCall, ReceivedCall } from "./call-log.js";
import { type Exchange, sendJson } from "./exchange.js";
import { createFaultBook } from "./fault-book.js";
import type { FaultRule } from "./fault-rule.js";
import { handleAdminCall } from "./handle-admin-call.js";
import { commonHeaders, handleRelayCall } from "./handle-relay-call.js";
import { isJsonObject, parseJson } from "./json.js";
import { openListener } from "./listener.js";
import { openAiErrorBody, RefusedRequest } from "./openai-error.js";
import { readBody } from "./read-body.js";
import type { RelaySimulatorOptions } from "./relay-simulator-options.js";
import { createSimulatorState } from "./simulator-state.js";
import { waitUntilIdle } from "./wait-until-idle.js";

/** A running simulator. */
export interface RelaySimulator {
  /** What a client takes for the relay's base URL: `http://127.0.0.1:PORT/v1`. */
  readonly baseUrl: string;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** The calls received under any path but `/admin`, oldest first; the same array all along. */
  readonly calls: readonly ReceivedCall[];
  /** Calls received since the start or `reset`, with those that `calls` has dropped. */
  totalCalls(): number;
  /** Replaces the rules, with all counts at 0. A `refused` rule closes the port as `refuseConnections` does. */
  setFaults(rules: readonly FaultRule[]): void;
  /** Replaces the keys that are accepted; undefined: any. */
  setApiKeys(keys: readonly string[] | undefined): void;
  /** Back to the rules and keys of the options; forgets the calls and the counts of the rate limits. */
  reset(): void;
  /** Connections that are open, idle ones too. */
  openSockets(): number;
  /** Requests that are still being answered, or left without an answer. */
  openAnswers(): number;
  /** Waits until no answer is open. Rejects with the signal's reason, or with an Error after so many milliseconds. */
  waitUntilIdle(limit: AbortSignal | number): Promise<void>;
  /** Waits for a call for which the predicate holds, now or after any change. Rejects with the signal's reason. */
  whenCalled(predicate: (call: ReceivedCall) => boolean, signal?: AbortSignal): Promise<ReceivedCall>;
  /**
   * Makes the port refuse connections, or listens on it again whatever the rules say. Connections without an answer under way are closed, the
   * others after it. Rejects where another process took the port.
   */
  refuseConnections(refuse: boolean): Promise<void>;
  /** Stops listening and breaks every connection. Resolves when nothing is open. */
  close(): Promise<void>;
}

// A reason of its own: making an AbortError for every client that leaves is costly.
const clientGone = new Error("The connection is gone.");

/**
 * Starts an OpenAI-compatible relay that answers with made-up text and misbehaves on command.
 *
 * @throws the error of the socket, as where the port is taken.
 */
export async function startRelaySimulator(options: RelaySimulatorOptions = {}): Promise<RelaySimulator> {
  const state = createSimulatorState(options);
  const openCalls = new Set<OpenCall>();
  const idleWaiters = new Set<() => void>();
  let isRefusalWanted = false;
  let isRefusalRuled = false;
  let refusalTimer: NodeJS.Timeout | undefined;

  const finish = (exchange: Exchange, abort: AbortController) => {
    const { call, response } = exchange;
    openCalls.delete(call);
    if (call.outcome === "open") {
      call.outcome = response.writableFinished ? "answered" : "client_closed";
      call.closedAtMs = call.outcome === "client_closed" ? performance.now() : undefined;
    }
    if (!response.writableFinished) {
      abort.abort(clientGone);
    }
    state.log.changed(call);
    const { method, path, model, stream, fault, status, outcome, tokensSent, atMs } = call;
    const durationMs = Math.round(performance.now() - atMs);
    options.log?.({ method, path, model, stream, fault, status, outcome, tokensSent, durationMs });
    if (openCalls.size === 0) {
      for (const wake of idleWaiters) {
        wake();
      }
    }
  };

  const handleCall = async (request: IncomingMessage, response: ServerResponse) => {
    const abort = new AbortController();
    const call = receivedCall(request);
    const changed = () => state.log.changed(call);
    const exchange = { request, response, call, signal: abort.signal, changed };
    openCalls.add(call);
    response.once("close", () => finish(exchange, abort));
    const headers = commonHeaders(state);
    try {
      try {
        call.rawBody = await readBody(request, state.maxBodyBytes);
        const body = call.rawBody === "" ? undefined : parseJson(call.rawBody);
        call.body = isJsonObject(body) ? body : undefined;
        call.stream = call.body?.["stream"] === true;
        call.model = typeof call.body?.["model"] === "string" ? call.body["model"] : undefined;
      } finally {
        state.log.add(call);
      }
      await handleRelayCall(exchange, state, headers);
    } catch (error) {
      if (response.headersSent || abort.signal.aborted || response.destroyed) {
        response.destroy();
      } else if (error instanceof RefusedRequest) {
        sendJson(exchange, error.status, error.body, { ...headers, ...error.headers });
      } else {
        sendJson(exchange, 500, openAiErrorBody(500), headers);
        options.log?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    }
  };

  const { port = 0, host = "127.0.0.1", keepAliveMs } = options;
  const listener = await openListener(port, host, keepAliveMs, (request, response) => {
    if (/^\/admin(\/|$)/.test(request.url ?? "")) {
      void handleAdminCall(request, response, state, { setFaults, setApiKeys });
    } else {
      void handleCall(request, response);
    }
  });

  const logError = (error: Error) => options.log?.({ error: error.message });
  const settleRefusal = () => listener.setRefusing(isRefusalWanted || isRefusalRuled);
  const setFaults = (rules: readonly FaultRule[]) => {
    state.book = createFaultBook(rules);
    clearTimeout(refusalTimer);
    const refusals = rules.flatMap(({ fault }) => (fault.kind === "refused" ? [fault] : []));
    const forMs = Math.max(...refusals.map((fault) => fault.forMs ?? Infinity));
    isRefusalRuled = refusals.length > 0;
    if (isRefusalRuled && forMs !== Infinity) {
      refusalTimer = setTimeout(() => {
        isRefusalRuled = false;
        settleRefusal().catch(logError);
      }, forMs);
    }
    settleRefusal().catch(logError);
  };
  const setApiKeys = (keys: readonly string[] | undefined) => {
    state.apiKeys = keys === undefined ? undefined : new Set(keys);
  };
  setFaults(options.faults ?? []);

  const origin = originOf(host, listener.address.port);
  return {
    origin,
    baseUrl: `${origin}/v1`,
    calls: state.log.calls,
    totalCalls: state.log.total,
    setFaults,
    setApiKeys,
    reset() {
      setFaults(options.faults ?? []);
      setApiKeys(options.apiKeys);
      state.rateLimit.clear();
      state.log.clear();
    },
    openSockets: listener.openSockets,
    openAnswers: () => openCalls.size,
    waitUntilIdle: (limit) => waitUntilIdle(openCalls, idleWaiters, limit),
    whenCalled: state.log.when,
    refuseConnections(refuse) {
      isRefusalWanted = refuse;
      isRefusalRuled = refuse && isRefusalRuled;
      return settleRefusal();
    },
    async close() {
      clearTimeout(refusalTimer);
      for (const call of openCalls) {
        call.outcome = "cut";
      }
      await listener.close();
      state.log.close();
    },
  };
}

function receivedCall(request: IncomingMessage): OpenCall {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    atMs: performance.now(),
    method: request.method ?? "",
    path: request.url ?? "",
    headers: Object.fromEntries(headers),
    body: undefined,
    rawBody: "",
    model: undefined,
    stream: false,
    fault: undefined,
    status: 0,
    outcome: "open",
    closedAtMs: undefined,
    tokensSent: 0,
  };
}

/** A host that a client can call: one of this machine for "all addresses", an IPv6 address in brackets. */
function originOf(host: string, port: number): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}
