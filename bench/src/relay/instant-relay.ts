import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { answerBody, streamEvents } from "../fixture.js";
import { listenLocally } from "../listen-locally.js";
import { readBody } from "../read-body.js";

/** How the relay streams from now on. */
export interface RelayPace {
  /** Content chunks of a stream. */
  readonly chunks: number;
  /** Content chunks of one stream in a second; null: as fast as they are taken; "held": at once, and no end until told. */
  readonly chunksPerSecond: number | null | "held";
}

/** An OpenAI-compatible relay that has every answer ready. */
export interface InstantRelay {
  /** Such as "http://127.0.0.1:1234". */
  readonly origin: string;
  setPace(pace: RelayPace): void;
  /** Ends the streams that are held. */
  finish(): void;
  /** Streams that are open at the moment. */
  openStreams(): number;
}

/** The key that the relay wants to see, so that a subject that loses it does not go unnoticed. */
export const relayKey = "bench-key";

/** Starts the relay on a free port. Anything but a chat completion with the right key, or `GET /v1/models`, is refused. */
export async function startInstantRelay(): Promise<InstantRelay> {
  let pace: RelayPace = { chunks: 1, chunksPerSecond: null };
  let streams = 0;
  const open = new Set<ServerResponse<IncomingMessage>>();
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${relayKey}`) return refuse(response, 401);
    if (request.url === "/v1/models") return answer(response, modelsBody);
    if (request.method !== "POST" || request.url !== "/v1/chat/completions") return refuse(response, 404);
    readBody(request, (body) => {
      const wanted = parseWanted(body);
      if (wanted === undefined) return refuse(response, 400);
      if (wanted === "unary") return answer(response, answerBody);
      streams += 1;
      open.add(response);
      response.once("close", () => open.delete(response));
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(streamEvents.first);
      if (pace.chunksPerSecond === "held") response.write(streamEvents.content.repeat(pace.chunks));
      else if (pace.chunksPerSecond === null) streamAtOnce(response, pace.chunks);
      else streamPaced(response, pace.chunks, 1_000 / pace.chunksPerSecond, streams);
    });
  });
  // A subject's pool may keep its connections for as long as the benchmark runs.
  server.keepAliveTimeout = 0;
  const origin = await listenLocally(server);
  return {
    origin,
    setPace: (next) => {
      pace = next;
    },
    finish: () => {
      for (const response of open) response.end(streamEvents.last);
    },
    openStreams: () => open.size,
  };
}

const modelsBody = JSON.stringify({
  object: "list",
  data: ["gpt-4.1", "claude-sonnet-4.5", "gemini-2.5-flash", "deepseek-v3.2"].map((id) => ({ id, object: "model" })),
});

function parseWanted(body: Buffer): "unary" | "stream" | undefined {
  try {
    const request: unknown = JSON.parse(body.toString("utf8"));
    if (typeof request !== "object" || request === null) return undefined;
    if (!("messages" in request) || !Array.isArray(request.messages) || request.messages.length !== 2) return undefined;
    return "stream" in request && request.stream === true ? "stream" : "unary";
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse<IncomingMessage>, body: string): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
}

function refuse(response: ServerResponse<IncomingMessage>, status: number): void {
  response.writeHead(status, { "content-type": "application/json" }).end('{"error":{"message":"refused"}}');
}

/** One write per chunk, up to what the subject takes. */
function streamAtOnce(response: ServerResponse<IncomingMessage>, chunks: number): void {
  let left = chunks;
  const write = () => {
    while (left > 0) {
      left -= 1;
      if (!response.write(streamEvents.content)) {
        response.once("drain", write);
        return;
      }
    }
    response.end(streamEvents.last);
  };
  write();
}

/** One write per interval. Streams that began together are spread over it, as those of strangers are. */
function streamPaced(
  response: ServerResponse<IncomingMessage>,
  chunks: number,
  intervalMs: number,
  stream: number,
): void {
  let left = chunks;
  let interval: NodeJS.Timeout | undefined;
  const beginning = setTimeout(
    () => {
      interval = setInterval(() => {
        left -= 1;
        if (left >= 0) response.write(streamEvents.content);
        else {
          clearInterval(interval);
          response.end(streamEvents.last);
        }
      }, intervalMs);
    },
    (stream * 7) % intervalMs,
  );
  response.once("close", () => {
    clearTimeout(beginning);
    clearInterval(interval);
  });
}
