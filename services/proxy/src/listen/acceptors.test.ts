import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type Acceptors, openAcceptors } from "./acceptors.js";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0).reverse()) stop();
});

async function open(onConnection: (socket: Socket) => void): Promise<Acceptors> {
  const acceptors = await openAcceptors({ host: "127.0.0.1", port: 0 }, {}, onConnection);
  stops.push(acceptors.close);
  return acceptors;
}

function connectTo(port: number): Socket {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  stops.push(() => socket.destroy());
  return socket;
}

const isShared = process.platform === "linux" && Number(process.versions.node.split(".", 1)[0]) >= 24;

test.skipIf(!isShared)("accepts connections that come together in a few turns of the event loop", async () => {
  const accepted: Socket[] = [];
  const { port } = await open((socket) => accepted.push(socket));
  for (let caller = 0; caller < 200; caller += 1) connectTo(port);
  let turns = 0;
  while (accepted.length < 200 && turns < 1_000) {
    await new Promise((resolve) => setImmediate(resolve));
    if (accepted.length > 0) turns += 1;
  }
  expect(accepted).toHaveLength(200);
  // With one socket they are 200.
  expect(turns).toBeLessThan(100);
  for (const socket of accepted) socket.destroy();
});

test("does not share its port with anybody else", async () => {
  const { port } = await open(() => {});
  await expect(openAcceptors({ host: "127.0.0.1", port }, {}, () => {})).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("accepts nothing once it is closed, and leaves open what it has accepted", async () => {
  const accepted: Socket[] = [];
  const acceptors = await open((socket) => accepted.push(socket));
  const early = connectTo(acceptors.port);
  await expect.poll(() => accepted.length).toBe(1);
  acceptors.close();
  const late = connectTo(acceptors.port);
  await new Promise((resolve) => late.once("close", resolve));
  accepted[0]?.write("still here");
  expect(String(await once(early, "data"))).toBe("still here");
  expect(accepted).toHaveLength(1);
  accepted[0]?.destroy();
});
