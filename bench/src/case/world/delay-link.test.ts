import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { listenLocally } from "../../listen-locally.js";
import { openDelayLink } from "./delay-link.js";

const roundTripMs = 60;

/** A connection over a link to a server that does what it is told with each of its own. */
async function connectOver(serve: (socket: Socket) => void): Promise<Socket> {
  const server = createServer(serve);
  onTestFinished(() => void server.close());
  const link = new URL(await openDelayLink({ target: await listenLocally(server), roundTripMs }));
  const socket = connect(Number(link.port), link.hostname);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** The milliseconds until an event. */
async function msUntil(socket: Socket, event: string): Promise<number> {
  const startedAt = performance.now();
  await once(socket, event);
  return performance.now() - startedAt;
}

test("the first bytes wait for the opening of the connection, the next ones for one round trip", async () => {
  const socket = await connectOver((server) => server.pipe(server));
  const times: number[] = [];
  for (const text of ["first", "second", "third"]) {
    socket.write(text);
    times.push(await msUntil(socket, "data"));
  }
  // How late a timer comes is the machine's business: only that none comes early can be told.
  expect(times[0]).toBeGreaterThan(2 * roundTripMs - 5);
  expect(times[1]).toBeGreaterThan(roundTripMs - 2);
  expect(times[2]).toBeGreaterThan(roundTripMs - 2);
});

test("bytes arrive whole and in order, whatever lies between them", async () => {
  const socket = await connectOver((server) => server.pipe(server));
  const sent = Array.from({ length: 200 }, (_, index) => `${index},`.repeat(200));
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  for (const text of sent) {
    socket.write(text);
    if (text.length % 3 === 0) await new Promise(setImmediate);
  }
  socket.end();
  await once(socket, "end");
  expect(received).toBe(sent.join(""));
});

test("a reset travels", async () => {
  const socket = await connectOver((server) => server.once("data", () => server.resetAndDestroy()));
  socket.write("hello");
  const error = once(socket, "close").catch((reason: unknown) => reason);
  expect(await error).toMatchObject({ code: "ECONNRESET" });
});
