import { constants, createServer } from "node:http2";
import { expect, onTestFinished, test } from "vitest";
import { endHeaders, endStream, frame, frameTypes, headerField, openHttp2Peer } from "../testing/http2-peer.js";
import { createSessionWatch } from "./session-watch.js";

/** Longer than a look takes to come, in milliseconds. */
const afterLookMs = 1_300;
const get = Buffer.concat([Buffer.of(0x82, 0x84, 0x86), headerField(":authority", "a")]);
const malformed = Buffer.concat([get, headerField("Not lower", "x")]);

/** A watched server whose first stream of a connection has no end, with a peer of it. */
async function start() {
  const watch = createSessionWatch({ firstByteMs: 10_000, headersMs: 10_000, idleSessionMs: 600_000 });
  const server = createServer((request, response) => {
    response.write("live");
    if (request.stream.id !== 1) response.end();
  });
  server.on("session", (session) => {
    watch.add(session);
    session.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const peer = openHttp2Peer(`http://127.0.0.1:${port}`);
  onTestFinished(async () => {
    peer.close();
    await new Promise((resolve) => server.close(resolve));
    watch.stop();
  });
  await peer.send(frame(frameTypes.headers, endHeaders + endStream, 1, get));
  await expect.poll(() => peer.received(frameTypes.data)).toHaveLength(1);
  return peer;
}

test.for([
  { name: "a connection that is quiet", ballast: 0 },
  { name: "a connection that is busy", ballast: 500 },
])("lets a peer skip the numbers of streams, on $name", async ({ ballast }) => {
  const peer = await start();
  await peer.send(frame(frameTypes.headers, endHeaders + endStream, 603, get));
  for (let count = 0; count < ballast; count++)
    await peer.send(frame(frameTypes.windowUpdate, 0, 0, Buffer.of(0, 0, 0, 1)));
  await new Promise((resolve) => setTimeout(resolve, afterLookMs));
  expect(peer.isClosed()).toBe(false);
  expect(peer.received(frameTypes.goAway)).toEqual([]);
});

test("tells a peer whose headers keep failing to calm down", async () => {
  const peer = await start();
  let id = 1;
  while (!peer.isClosed()) {
    // 200 a second: at 1,000 in all Node ends the connection itself.
    const frames = Array.from({ length: 20 }, () => {
      id += 2;
      return frame(frameTypes.headers, endHeaders + endStream, id, malformed);
    });
    await peer.send(Buffer.concat(frames));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const codes = peer.received(frameTypes.goAway).map((payload) => payload.readUInt32BE(4));
  expect(codes[0]).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
});
