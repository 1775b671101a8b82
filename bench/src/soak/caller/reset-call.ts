import { Agent, request } from "node:http";
import { envelope } from "../../load/envelope-splitter.js";

/** Where streams are asked for. */
const path = "/meridian.inference.v1.InferenceService/StreamChat";

/** Asks for a stream over Connect and HTTP/1.1, and resets the connection (TCP RST) when told to. */
export interface ResetCall {
  /** Resets the connection. */
  leave(): void;
  /** Resolves with the first bytes of the answer, or when the connection has ended. */
  readonly firstBytes: Promise<void>;
}

/** Begins such a call. What a crashing caller does, and no client can be told to. */
export function startResetCall(origin: string, requestId: string, message: object): ResetCall {
  const outgoing = request(`${origin}${path}`, {
    method: "POST",
    agent: new Agent({ keepAlive: false }),
    headers: { "content-type": "application/connect+json", "x-request-id": requestId },
  });
  const closed = Promise.withResolvers<void>();
  const firstData = Promise.withResolvers<void>();
  outgoing.once("close", closed.resolve);
  outgoing.once("response", (response) => {
    response.on("error", () => {}).on("close", closed.resolve);
    response.on("data", () => firstData.resolve());
  });
  // A connection that is reset says so; it is what was asked for.
  outgoing.on("error", () => {});
  outgoing.end(envelope(Buffer.from(JSON.stringify(message))));
  return {
    firstBytes: Promise.race([firstData.promise, closed.promise]),
    leave: () => {
      outgoing.socket?.resetAndDestroy();
      outgoing.destroy();
    },
  };
}
