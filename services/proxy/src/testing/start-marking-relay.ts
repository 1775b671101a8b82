import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the relay got it. */
export interface MarkedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** A relay whose answers have the headers that a test gives them. */
export interface MarkingRelay {
  readonly baseUrl: string;
  /** Chats so far, the oldest first. */
  readonly chats: readonly MarkedRequest[];
  /** What further chats are answered with. Default: 200, and no header besides the content's type. */
  answer: { readonly status: number; readonly headers: OutgoingHttpHeaders };
  close(): Promise<void>;
}

/** Starts it on a free port. A status other than 200 goes with an error that says nothing. */
export async function startMarkingRelay(): Promise<MarkingRelay> {
  const chats: MarkedRequest[] = [];
  const server = createServer(async (request, response) => {
    const { method = "", url: target = "", headers } = request;
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const isChat = method === "POST";
    if (isChat) chats.push({ method, target, headers });
    const { status, headers: own } = isChat ? relay.answer : { status: 200, headers: {} };
    const isStream = status === 200 && /"stream":\s*true/.test(body);
    response.writeHead(status, { "content-type": isStream ? "text/event-stream" : "application/json", ...own });
    response.end(status !== 200 ? '{"error":{}}' : isStream ? streamed : isChat ? whole : '{"data":[]}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Of a server that listens on a port the address is never a path.
  const { port } = server.address() as AddressInfo;
  const relay: MarkingRelay = {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    chats,
    answer: { status: 200, headers: {} },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return relay;
}

const identity = { id: "chatcmpl-1", created: 1, model: "upstream" };
const message = { role: "assistant", content: "Yes" };
const usage = { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 };
const whole = JSON.stringify({
  ...identity,
  object: "chat.completion",
  choices: [{ index: 0, message, finish_reason: "stop" }],
  usage,
});
const chunk = {
  ...identity,
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta: message, finish_reason: "stop" }],
  usage,
};
const streamed = `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`;
