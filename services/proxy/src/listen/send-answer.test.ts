import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { openPort } from "./one-port.js";
import { sendAnswer } from "./send-answer.js";

const mebibyte = 1024 * 1024;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A port that gives each request so many bytes, and a caller that has asked and reads nothing. */
async function ask(bytes: number, method: "GET" | "POST") {
  const closed = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const port = await openPort({ host: "127.0.0.1", port: 0, tls: undefined }, (_request, response) => {
    response.on("close", closed.resolve);
    sendAnswer(response, { status: 200, headers: {}, body: Buffer.alloc(bytes) });
    answered.resolve();
  });
  onTestFinished(() => port.destroy());
  const socket: Socket = connect(port.port, "127.0.0.1").pause();
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  socket.write(`${method} / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n`);
  await answered.promise;
  return { socket, closed: closed.promise };
}

test.each(["GET", "POST"] as const)(
  "a caller of %s that takes nothing for a minute loses its connection",
  async (method) => {
    const { closed } = await ask(64 * mebibyte, method);
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    await vi.advanceTimersByTimeAsync(59_000);
    expect(isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    await closed;
  },
);

test.each(["GET", "POST"] as const)("an answer to %s that is taken leaves no timer", async (method) => {
  const { closed, socket } = await ask(1_000, method);
  await closed;
  expect(vi.getTimerCount()).toBe(0);
  expect(socket.destroyed).toBe(false);
});
