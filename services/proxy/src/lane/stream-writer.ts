import type { OutgoingHttpHeaders } from "node:http";
import { Http2ServerResponse } from "node:http2";
import { callerGone } from "../listen/caller-gone.js";
import type { HttpResponse } from "../listen/respond.js";
import { stallMs } from "../listen/when-taken.js";

/** Writes a streamed answer. */
export interface StreamWriter {
  /** Sends the headers, with status 200, along with the first bytes. */
  begin(headers: OutgoingHttpHeaders): void;
  /**
   * Writes at once. Undefined: more may come at once; else a promise that resolves when it may, and rejects with a
   * ConnectError where the caller has gone, or has taken nothing for a minute.
   */
  write(bytes: Uint8Array): Promise<void> | undefined;
  end(bytes: Uint8Array, trailers?: OutgoingHttpHeaders): void;
}

/** Creates what writes a streamed answer, whose other headers the response has already. */
export function createStreamWriter(response: HttpResponse): StreamWriter {
  let isClosed = false;
  let stall: NodeJS.Timeout | undefined;
  let blocked: { resolve(): void; reject(error: unknown): void } | undefined;
  const watchStall = () => {
    stall ??= setTimeout(() => response.destroy(), stallMs);
  };
  const onDrain = () => {
    clearTimeout(stall);
    stall = undefined;
    blocked?.resolve();
    blocked = undefined;
  };
  const onClose = () => {
    isClosed = true;
    clearTimeout(stall);
    blocked?.reject(callerGone());
    blocked = undefined;
  };
  // Says nothing more than its "close" does.
  response.on("error", () => {}).on("drain", onDrain);
  response.once("close", onClose);

  return {
    begin(headers) {
      // Both classes have the same methods, with overloads that TypeScript cannot unite.
      if (response instanceof Http2ServerResponse) response.writeHead(200, headers);
      else response.writeHead(200, headers);
    },
    write(bytes) {
      if (isClosed) return Promise.reject(callerGone());
      const hasRoom = response instanceof Http2ServerResponse ? response.write(bytes) : response.write(bytes);
      if (hasRoom) return undefined;
      watchStall();
      return new Promise((resolve, reject) => {
        blocked = { resolve, reject };
      });
    },
    end(bytes, trailers) {
      if (isClosed) return;
      watchStall();
      if (trailers !== undefined) response.addTrailers(trailers);
      if (response instanceof Http2ServerResponse) response.end(bytes);
      else response.end(bytes);
    },
  };
}
