import { connect, createServer, type Socket } from "node:net";
import { listenLocally } from "../../listen-locally.js";

/** From where to where, and how far it is. */
export interface DelayLinkOptions {
  /** Such as "http://127.0.0.1:1234". */
  readonly target: string;
  /** There and back. */
  readonly roundTripMs: number;
}

/** More than is ever under way: above it the sender has to wait. */
const maxBytesUnderWay = 1_048_576;

/**
 * Opens a port of this machine that is as far from the target as a round trip says: what comes in goes out half of it later,
 * in both directions, and the first bytes of a connection wait for the round trip in which TCP would have opened it. Ends and
 * resets travel too. Returns the port's origin. Loss and bandwidth are not played.
 */
export async function openDelayLink({ target, roundTripMs }: DelayLinkOptions): Promise<string> {
  const { hostname: host, port } = new URL(target);
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port: Number(port), host, allowHalfOpen: true, noDelay: true });
    carry(near, far, roundTripMs / 2, performance.now() + roundTripMs);
    carry(far, near, roundTripMs / 2, 0);
  });
  return await listenLocally(server);
}

/** Hands on what comes from a socket, `delayMs` later; what comes before a moment counts as if it came then. */
function carry(from: Socket, to: Socket, delayMs: number, notBeforeMs: number): void {
  const underWay: { readonly dueMs: number; readonly bytes: number; readonly arrive: () => void }[] = [];
  let bytesUnderWay = 0;
  let isTimerSet = false;

  const send = (bytes: number, arrive: () => void) => {
    underWay.push({ dueMs: Math.max(performance.now(), notBeforeMs) + delayMs, bytes, arrive });
    bytesUnderWay += bytes;
    if (bytesUnderWay > maxBytesUnderWay) from.pause();
    if (!isTimerSet) wait();
  };
  const wait = () => {
    const next = underWay[0];
    isTimerSet = next !== undefined;
    if (next !== undefined) setTimeout(arriveDue, Math.max(0, next.dueMs - performance.now()));
  };
  const arriveDue = () => {
    // A timer has steps of a millisecond, and may come a fraction of one early.
    const nowMs = performance.now() + 0.5;
    for (let next = underWay[0]; next !== undefined && next.dueMs <= nowMs; next = underWay[0]) {
      underWay.shift();
      bytesUnderWay -= next.bytes;
      next.arrive();
    }
    if (bytesUnderWay <= maxBytesUnderWay) from.resume();
    wait();
  };

  from.on("data", (chunk) => send(chunk.length, () => to.write(chunk)));
  from.on("end", () => send(0, () => to.end()));
  // The other end learns of it as it would on a line: by a reset, half a round trip later.
  from.on("error", () => send(0, () => to.resetAndDestroy()));
}
