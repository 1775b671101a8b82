import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { isJsonObject, type JsonObject, parseJson } from "../json.js";
import type { RelaySimulator } from "../relay-simulator.js";

/** What came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Whether the body came to its proper end. */
  readonly isComplete: boolean;
  /** The code of the socket error, or "ABORT_ERR" where the test left. */
  readonly errorCode: string | undefined;
}

/** What to send. */
export interface WireRequest {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Told all the text so far after each piece. */
  readonly onText?: (text: string) => void;
  readonly agent?: Agent;
}

/** Sends one request; the answer is what came until it ended, whichever way. Never rejects. */
export function send(simulator: RelaySimulator, wire: WireRequest): Promise<WireAnswer> {
  return new Promise((resolve) => {
    const { body, method = body === undefined ? "GET" : "POST", signal } = wire;
    let answer: WireAnswer = { status: 0, headers: {}, text: "", isComplete: false, errorCode: undefined };
    const fail = (error: Error & { code?: string }) => resolve({ ...answer, errorCode: error.code ?? error.name });
    const agent = wire.agent ?? new Agent({ keepAlive: false });
    const outgoing = request(`${simulator.origin}${wire.path ?? "/v1/chat/completions"}`, {
      method,
      agent,
      headers: { authorization: "Bearer test", "content-type": "application/json", ...wire.headers },
      ...(signal === undefined ? {} : { signal }),
    });
    outgoing.once("error", fail);
    outgoing.once("response", (response) => {
      answer = { ...answer, status: response.statusCode ?? 0, headers: response.headers };
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        answer = { ...answer, text: answer.text + text };
        wire.onText?.(answer.text);
      });
      response.once("error", fail);
      response.once("close", () => resolve({ ...answer, isComplete: response.complete }));
    });
    outgoing.end(typeof body === "object" ? JSON.stringify(body) : body);
  });
}

/** A chat request with a question, and whatever else is given. */
export function chat(more: object = {}): object {
  return { model: "gpt-4.1", messages: [{ role: "user", content: "Tell me about the weather in Jakarta" }], ...more };
}

/** The data of the server-sent events of a text, in order. */
export function eventData(text: string): string[] {
  return text.split("\n\n").flatMap((event) => (event.startsWith("data: ") ? [event.slice(6)] : []));
}

/** Parses an answer that must be a JSON object. */
export function json(text: string): JsonObject {
  const value = parseJson(text);
  if (!isJsonObject(value)) {
    throw new Error(`not a JSON object: ${text.slice(0, 200)}`);
  }
  return value;
}

/** The events of a stream that must all be JSON, but for a `[DONE]` at the end. */
export function chunks(text: string): readonly JsonObject[] {
  return eventData(text)
    .filter((data) => data !== "[DONE]")
    .map(json);
}

/** The value at a path of keys and positions: `at(value, "choices", 0, "message")`. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** The text that a stream's events carry, by the delta's key. */
export function textOfStream(text: string, key = "content", choice = 0): string {
  return chunks(text)
    .filter((chunk) => at(chunk, "choices", 0, "index") === choice)
    .map((chunk) => at(chunk, "choices", 0, "delta", key) ?? "")
    .join("");
}
