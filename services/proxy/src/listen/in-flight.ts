import type { HttpRequest, HttpResponse } from "./respond.js";

type Listener = (request: HttpRequest, response: HttpResponse) => void;

/** Counts the requests that a listener is answering. */
export interface InFlight {
  /** The listener, counted. */
  readonly listener: Listener;
  /** Resolves when none is being answered. */
  idle(): Promise<void>;
}

/** Wraps a listener. While `draining`, HTTP/1.1 callers are told to close their connection after the answer. */
export function createInFlight(listener: Listener, draining: AbortSignal): InFlight {
  const waiting = new Set<() => void>();
  let count = 0;
  const onClose = () => {
    count -= 1;
    if (count > 0) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  return {
    listener(request, response) {
      count += 1;
      if (draining.aborted && request.httpVersionMajor === 1) response.setHeader("connection", "close");
      response.on("close", onClose);
      listener(request, response);
    },
    idle: () =>
      new Promise((resolve) => {
        if (count === 0) resolve();
        else waiting.add(resolve);
      }),
  };
}
