import { request as requestHttp1 } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import { expect, test, vi } from "vitest";
import { useWellProxy } from "./testing/use-well-proxy.js";
import { envelope, isEnveloped, type Wire, wires } from "./testing/wire-call.js";

const proxyOf = useWellProxy();
const path = "/meridian.inference.v1.InferenceService";
const message = Buffer.from('{"messages":[{"role":"user","content":"hello"}]}');

const amounts = [
  { amount: "nothing", length: 0 },
  { amount: "a part", length: 20 },
];
const closed = { leaving: "closes the connection", resetCode: undefined };
/** What error a reset names says nothing of the call. */
const leavings = [
  closed,
  { leaving: "resets the stream", resetCode: constants.NGHTTP2_CANCEL },
  { leaving: "resets the stream with an error of its own", resetCode: constants.NGHTTP2_INTERNAL_ERROR },
];
const cases = wires.flatMap((wire) =>
  (wire.httpVersion === 1 ? [closed] : leavings).flatMap((leaving) =>
    amounts.map(({ amount, length }) => ({
      ...{ name: wire.name, wire, amount, bytes: bodyOf(wire).subarray(0, length) },
      ...leaving,
    })),
  ),
);

test.for(cases)(
  "$name: a caller that $leaving after $amount of the body is recorded as canceled",
  async (given, { task }) => {
    const { proxy, log } = proxyOf();
    const call = { ...given, url: proxy.url, requestId: task.id };
    const leave = given.wire.httpVersion === 1 ? openHttp1(call) : openHttp2(call);
    await vi.waitFor(async () => expect(await runningCalls()).toBe(1), { interval: 5 });
    leave();
    const line = await vi.waitFor(
      () => {
        const found = log.find((each) => each["msg"] === "call" && each["requestId"] === task.id);
        if (found === undefined) throw new Error("no line of the log");
        return found;
      },
      { interval: 5 },
    );
    expect(line).toMatchObject({ rpc: given.wire.rpc, code: "canceled", reason: "canceled", attempts: [] });
  },
);

interface BegunCall {
  readonly url: string;
  readonly wire: Wire;
  readonly requestId: string;
  /** What is sent of the body. */
  readonly bytes: Buffer;
  /** Undefined: the connection is closed. */
  readonly resetCode: number | undefined;
}

/** Begins a call, and gives what ends it in the middle. */
function openHttp1({ url, wire, requestId, bytes }: BegunCall): () => void {
  const headers = { "content-type": wire.contentType, "content-length": bytes.length + 1, "x-request-id": requestId };
  const request = requestHttp1(`${url}${path}/${wire.rpc}`, { method: "POST", headers, agent: false });
  request.on("error", () => {});
  request.flushHeaders();
  request.write(bytes);
  return () => request.destroy();
}

function openHttp2({ url, wire, requestId, bytes, resetCode }: BegunCall): () => void {
  const session = connectHttp2(url);
  const stream = session.request({
    ":method": "POST",
    ":path": `${path}/${wire.rpc}`,
    "content-type": wire.contentType,
    "x-request-id": requestId,
    te: "trailers",
  });
  stream.on("error", () => {});
  if (bytes.length > 0) stream.write(bytes);
  return () => {
    if (resetCode === undefined) return session.destroy();
    stream.close(resetCode);
    session.close();
  };
}

function bodyOf(wire: Wire): Buffer {
  return isEnveloped(wire) ? envelope(message) : message;
}

/** Calls that the proxy has let in, whether or not their body has come. */
async function runningCalls(): Promise<number> {
  const metrics = await (await fetch(`${proxyOf().proxy.adminUrl}/metrics`)).text();
  return Number(/^meridian_admission_running_calls (\d+)/m.exec(metrics)?.[1]);
}
