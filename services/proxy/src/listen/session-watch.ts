import { constants, type ServerHttp2Session } from "node:http2";

/** What an HTTP/2 connection may do that no stream shows. */
export interface SessionLimits {
  /** How long a peer may take to begin, and to agree to our settings (RFC 9113, section 6.5.3), in milliseconds. */
  readonly firstByteMs: number;
  /** How long the headers of a stream may take to come where no other stream is open, in milliseconds. */
  readonly headersMs: number;
  /** How long a connection may have no stream, in milliseconds. */
  readonly idleSessionMs: number;
}

/** How often connections are looked at, in milliseconds. */
const lookMs = 1_000;
/** What a connection without streams may send between two looks, in bytes: thousands of frames of PING or WINDOW_UPDATE. */
const maxIdleBytes = 64 * 1024;
/** How many streams may fail between two looks before they have begun, by headers that are malformed or too large. */
const maxFailedHeaders = 100;
/** How many looks may find more, less those that do not: a peer that skips the numbers of streams looks the same. */
const maxFailedLooks = 2;
/** Of a frame, without its payload (RFC 9113, section 4.1), in bytes. */
const frameHeadBytes = 9;

/** Watches over HTTP/2 connections. */
export interface SessionWatch {
  add(session: ServerHttp2Session): void;
  /** To be called when no session is left. */
  stop(): void;
}

/**
 * Closes the connections that nghttp2 lets go on: it limits the resets, PING, SETTINGS, PRIORITY, CONTINUATION and empty
 * DATA frames of a connection itself, but neither WINDOW_UPDATE, nor DATA for streams that are closed, nor headers that it
 * decodes to find them too large (an HPACK bomb), nor the time that a frame takes.
 */
export function createSessionWatch(limits: SessionLimits): SessionWatch {
  const looks = new Map<ServerHttp2Session, () => void>();
  const timer = setInterval(() => {
    for (const look of looks.values()) look();
  }, lookMs).unref();
  return {
    add(session) {
      const silence = setTimeout(() => session.destroy(), limits.firstByteMs);
      session.once("localSettings", () => clearTimeout(silence));
      session.once("close", () => {
        clearTimeout(silence);
        looks.delete(session);
      });
      looks.set(session, createLook(session, limits));
    },
    stop: () => clearInterval(timer),
  };
}

function createLook(session: ServerHttp2Session, { headersMs, idleSessionMs }: SessionLimits): () => void {
  let openStreams = 0;
  let begun = 0;
  let lastBegunId = 0;
  let last = { readBytes: 0, begun: 0, announced: 0 };
  let pendingLooks = 0;
  let failedLooks = 0;
  let idleLooks = 0;
  session.on("stream", (stream) => {
    openStreams += 1;
    begun += 1;
    lastBegunId = stream.id ?? lastBegunId;
    stream.on("close", () => {
      openStreams -= 1;
    });
  });

  return () => {
    if (session.destroyed) return;
    const lastId = session.state.lastProcStreamID ?? 0;
    // Those of the caller have odd numbers that grow. It may skip some (RFC 9113, section 5.1.1), as grpc-java does for calls
    // that end before they were sent, so that of those that never began only as many failed as were bytes to open them.
    const now = { readBytes: session.socket.bytesRead, begun, announced: (lastId + 1) / 2 };
    const isIdle = openStreams === 0 && now.begun === last.begun;
    const readBytes = now.readBytes - last.readBytes;
    const notBegun = now.announced - last.announced - (now.begun - last.begun);
    const hasFailed = Math.min(notBegun, readBytes / frameHeadBytes) > maxFailedHeaders;
    failedLooks = hasFailed ? failedLooks + 1 : Math.max(0, failedLooks - 1);
    idleLooks = isIdle ? idleLooks + 1 : 0;
    pendingLooks = isIdle && lastId > lastBegunId ? pendingLooks + 1 : 0;
    if (failedLooks > maxFailedLooks || (isIdle && readBytes > maxIdleBytes)) {
      // Node sends no code that `destroy` gets without an error.
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      session.destroy();
    } else if (pendingLooks * lookMs > headersMs) {
      session.destroy();
    } else if (idleLooks * lookMs >= idleSessionMs) {
      // Not by the session's own timer: Node leaves that of a closed session running, and it holds the session until it fires.
      session.close();
    }
    last = now;
  };
}
