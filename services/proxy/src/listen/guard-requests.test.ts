import { describe, expect, onTestFinished, test } from "vitest";
import { openSocket } from "../testing/open-socket.js";
import { whenRead } from "../testing/when-read.js";
import { createInFlight } from "./in-flight.js";
import { openPort } from "./one-port.js";
import { respond } from "./respond.js";

describe("pipelined requests", () => {
  // A body that is larger than what Node reads ahead.
  const body = "x".repeat(100_000);
  const pipelined = (path: string) =>
    Buffer.from(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);

  async function start() {
    const begun: string[] = [];
    const finish = new Map<string, () => void>();
    const inFlight = createInFlight((request, response) => {
      begun.push(request.url ?? "");
      whenRead(request, ({ byteLength: bytes }) =>
        finish.set(request.url ?? "", () => respond(response, 200, { url: request.url, bytes })),
      );
    }, new AbortController().signal);
    const address = { host: "127.0.0.1", port: 0, tls: undefined, isStock: true };
    const port = await openPort(address, inFlight.listener);
    onTestFinished(() => port.destroy());
    return { port, begun, finish, inFlight };
  }

  test("are answered one after the other, in their order", async () => {
    const { port, begun, finish } = await start();
    const { socket, text } = openSocket(port.port);
    const paths = ["/1", "/2", "/3"];
    socket.write(Buffer.concat(paths.map(pipelined)));
    for (const [index, path] of paths.entries()) {
      await expect.poll(() => finish.has(path)).toBe(true);
      expect(begun).toEqual(paths.slice(0, index + 1));
      finish.get(path)?.();
    }
    socket.end();
    const answers = [...(await text).matchAll(/\{.*?\}/g)].map(([json]) => JSON.parse(json));
    expect(answers).toEqual(paths.map((url) => ({ url, bytes: body.length })));
  });

  test("are given up with their connection", async () => {
    const { port, begun, inFlight } = await start();
    const { socket, text } = openSocket(port.port);
    // Small, so that Node reads all three at once.
    for (const path of ["/1", "/2", "/3"]) socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await expect.poll(() => begun).toContain("/1");
    // Answered: the requests that came before this one have been read.
    await fetch(`http://127.0.0.1:${port.port}/`, { signal: AbortSignal.timeout(100) }).catch(() => {});
    socket.destroy();
    await text;
    await inFlight.idle();
    expect(begun).toEqual(["/1", "/"]);
  });

  test("end the connection where there are too many", async () => {
    const { port, begun, inFlight } = await start();
    const { socket, text } = openSocket(port.port);
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1_000));
    await text;
    await inFlight.idle();
    expect(begun).toEqual(["/"]);
  });
});
