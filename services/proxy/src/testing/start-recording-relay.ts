import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type JsonObject, parseExactJson } from "@meridian/core";

/** What a relay says: whole as one JSON text, streamed as the texts of its events. */
export interface RelayAnswer {
  readonly whole: string;
  readonly events: readonly string[];
}

/** A relay that keeps what it is sent, and says what it is told to. */
export interface RecordingRelay {
  readonly baseUrl: string;
  /** What all further requests are answered with. Default: one word in every choice. */
  answer: (request: JsonObject) => RelayAnswer;
  /** The last request's body as it came; empty before the first. */
  lastBody(): string;
  close(): Promise<void>;
}

/** Starts a relay on a free port. */
export async function startRecordingRelay(): Promise<RecordingRelay> {
  let lastBody = "";
  const exchange = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method !== "POST") {
      request.resume();
      response.writeHead(200, { "content-type": "application/json" }).end('{"data":[]}');
      return;
    }
    lastBody = await text(request);
    // What Meridian sends to a relay is an object.
    const body = parseExactJson(lastBody) as JsonObject;
    const { whole, events } = relay.answer(body);
    const isStream = body["stream"] === true;
    response.writeHead(200, { "content-type": isStream ? "text/event-stream" : "application/json" });
    response.end(isStream ? [...events, "[DONE]"].map((event) => `data: ${event}\n\n`).join("") : whole);
  };
  const server = createServer((request, response) => void exchange(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Of a server that listens on a port the address is never a path.
  const { port } = server.address() as AddressInfo;
  const relay: RecordingRelay = {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    answer: oneWord,
    lastBody: () => lastBody,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return relay;
}

const identity = { id: "chatcmpl-1", created: 1, model: "upstream" };
const usage = { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 };

function oneWord({ n }: JsonObject): RelayAnswer {
  const choices = Array.from({ length: typeof n === "number" ? n : 1 }, (_, index) => index);
  const message = { role: "assistant", content: "Yes" };
  const completion = choices.map((index) => ({ index, message, finish_reason: "stop" }));
  const deltas = choices.map((index) => ({ index, delta: message, finish_reason: "stop" }));
  return {
    whole: JSON.stringify({ ...identity, object: "chat.completion", choices: completion, usage }),
    events: [
      JSON.stringify({ ...identity, object: "chat.completion.chunk", choices: deltas }),
      JSON.stringify({ ...identity, object: "chat.completion.chunk", choices: [], usage }),
    ],
  };
}
