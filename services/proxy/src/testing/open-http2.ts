import { expect, onTestFinished } from "vitest";
import { StreamRequest } from "../listen/http2/stream-request.js";
import { StreamResponse } from "../listen/http2/stream-response.js";
import { openPort } from "../listen/one-port.js";
import { defaultPortLimits, type PortLimits } from "../listen/port-limits.js";
import type { HttpRequest, HttpResponse } from "../listen/respond.js";
import { frame, frameTypes, headerField, openHttp2Peer, uint32 } from "./http2-peer.js";

const { data, settings, ping } = frameTypes;

/** The headers of a request, as HPACK writes them. */
export function requestOf(method: string, ...more: readonly Buffer[]): Buffer {
  const own = [
    headerField(":method", method),
    Buffer.of(0x86),
    headerField(":path", "/"),
    headerField(":authority", "a"),
  ];
  return Buffer.concat([...own, ...more]);
}

/** The frame that lets each stream have so much on its way, in bytes. */
export function windowOf(bytes: number): Buffer {
  return frame(settings, 0, 0, Buffer.concat([Buffer.of(0, 4), uint32(bytes)]));
}

/** A call that has come. */
export interface HeardCall {
  readonly request: StreamRequest;
  readonly response: StreamResponse;
  /** What happened to it, in order. */
  readonly events: string[];
}

/** A port that leaves its calls alone, and a peer of it that writes what frames it likes; both are closed after the test. */
export async function openHttp2(limits: Partial<PortLimits> = {}, reads = true) {
  const calls: HeardCall[] = [];
  const listener = (request: HttpRequest, response: HttpResponse) => {
    if (!(request instanceof StreamRequest && response instanceof StreamResponse)) throw new Error("no stream of ours");
    const events: string[] = [];
    response.on("drain", () => events.push("drain")).on("close", () => events.push("close"));
    calls.push({ request, response, events });
  };
  const address = { host: "127.0.0.1", port: 0, tls: undefined };
  const port = await openPort(address, listener, { ...defaultPortLimits, ...limits });
  const peer = openHttp2Peer(`http://127.0.0.1:${port.port}`, reads);
  onTestFinished(async () => {
    peer.close();
    await port.destroy();
  });
  const call = async (index = 0): Promise<HeardCall> => {
    await expect.poll(() => calls.length, { interval: 2 }).toBeGreaterThan(index);
    const found = calls[index];
    if (found === undefined) throw new Error("no such call");
    return found;
  };
  const bodyBytes = () => peer.received(data).reduce((sum, { byteLength }) => sum + byteLength, 0);
  /** Waits until all has been read that was sent so far. */
  const settle = async () => {
    const before = peer.received(ping).length;
    await peer.send(frame(ping, 0, 0, Buffer.alloc(8)));
    await expect.poll(() => peer.received(ping).length, { interval: 2 }).toBeGreaterThan(before);
  };
  return { peer, port, calls, call, bodyBytes, settle };
}
