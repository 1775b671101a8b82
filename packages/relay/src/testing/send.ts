import type { ExchangeController, ExchangeDispatcher, ExchangeHandler, ExchangeMessage } from "../http1/dispatcher.js";
import type { ResponseHeaders } from "../http1/response-reader.js";

/** What has become of a request. */
export interface Sent {
  readonly status: number | undefined;
  readonly headers: ResponseHeaders;
  /** As far as it has come, as latin1. */
  readonly body: string;
  /** Why it is not whole; undefined: it is. */
  readonly error: Error | undefined;
}

/** A request that has been sent. */
export interface Sending {
  readonly result: Promise<Sent>;
  /** What it was given last. */
  controller(): ExchangeController;
}

/** Sends a request, and collects what comes. `heard` hears of each piece of the body. */
export function send(
  dispatcher: Pick<ExchangeDispatcher, "dispatch">,
  message: Partial<ExchangeMessage> & Pick<ExchangeMessage, "origin">,
  heard: (piece: string, controller: ExchangeController) => void = () => {},
): Sending {
  const { promise: result, resolve } = Promise.withResolvers<Sent>();
  let last: ExchangeController | undefined;
  let sent: Sent = { status: undefined, headers: {}, body: "", error: undefined };
  const handler: ExchangeHandler = {
    onRequestStart(controller) {
      last = controller;
    },
    onResponseStart(_, status, headers) {
      // Of undici alone: it tells of what comes before the answer.
      if (status >= 200) sent = { ...sent, status, headers };
    },
    onResponseData(controller, bytes) {
      const piece = Buffer.from(bytes).toString("latin1");
      sent = { ...sent, body: sent.body + piece };
      heard(piece, controller);
    },
    onResponseEnd: () => resolve(sent),
    onResponseError: (_, error) => resolve({ ...sent, error }),
  };
  dispatcher.dispatch({ path: "/", method: "GET", headers: {}, ...message }, handler);
  return {
    result,
    controller() {
      if (last === undefined) throw new Error("the request has not begun");
      return last;
    },
  };
}
