import { request as requestHttp1 } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, describe, expect, test } from "vitest";
import { type OnePort, openPort } from "./one-port.js";
import type { HttpResponse } from "./respond.js";
import { whenTaken } from "./when-taken.js";
import { writeAnswer } from "./write-answer.js";

type Body = AsyncIterable<Uint8Array>;

let port: OnePort | undefined;
afterEach(() => port?.destroy());

/** Serves one way to answer, and gives how the answering ended: undefined, or what it threw. */
async function serve(answer: (response: HttpResponse) => Promise<void>) {
  const { promise: ended, resolve } = Promise.withResolvers<unknown>();
  port = await openPort({ host: "127.0.0.1", port: 0, tls: undefined }, (_request, response) => {
    answer(response).then(() => resolve(undefined), resolve);
  });
  return { url: `http://127.0.0.1:${port.port}`, ended };
}

function send(body: Body) {
  const header = new Headers({ "x-first": "1" });
  return (response: HttpResponse) => writeAnswer({ status: 200, header, body, trailer: new Headers() }, response);
}

/** The answer as it comes, and how to leave it. */
function get(url: string, version: number): Promise<{ readonly answer: Readable; leave(): void }> {
  return new Promise((resolve, reject) => {
    if (version === 1) {
      const asked = requestHttp1(url, { agent: false }, (answer) =>
        resolve({ answer: answer.on("error", () => {}), leave: () => asked.destroy() }),
      );
      asked.on("error", reject).end();
      return;
    }
    const session = connectHttp2(url).on("error", () => {});
    const stream = session.request({ ":path": "/" }).on("error", () => {});
    stream.once("response", () => resolve({ answer: stream, leave: () => session.destroy() }));
    stream.once("close", () => {
      session.close();
      reject(new Error("the stream was closed before its headers came"));
    });
  });
}

async function* messages(...sizes: readonly number[]) {
  let byte = 0;
  for (const size of sizes) yield new Uint8Array(size).fill(++byte);
}

describe.for([1, 2])("over HTTP/%s", (version) => {
  test("every byte comes, in order", async () => {
    const sizes = [10, 1, 0, 20_000, 3, 300_000, 5, 16_384, 16_383, 1, 1];
    const { url, ended } = await serve(send(messages(...sizes)));
    const { answer } = await get(url, version);
    const bytes = Buffer.concat(await answer.toArray());
    expect(bytes.equals(Buffer.concat(sizes.map((size, index) => Buffer.alloc(size, index + 1))))).toBe(true);
    expect(await ended).toBeUndefined();
  });

  test("what is ready at once comes at once, and does not wait for more", async () => {
    async function* slow() {
      yield* messages(1, 2, 3);
      await sleep(60_000, undefined, { ref: false });
    }
    const { url } = await serve(send(slow()));
    const { answer, leave } = await get(url, version);
    const first: Buffer = await new Promise((resolve) => answer.once("data", resolve));
    expect(first.byteLength).toBe(6);
    leave();
  });

  test("a caller that does not read is not read for, and its leaving ends the answer", async () => {
    let made = 0;
    let isReturned = false;
    async function* endless() {
      try {
        for (;;) {
          yield new Uint8Array(1_000);
          made += 1;
        }
      } finally {
        isReturned = true;
      }
    }
    const { url, ended } = await serve(send(endless()));
    const { answer, leave } = await get(url, version);
    answer.pause();
    let before = -1;
    while (made !== before) {
      before = made;
      await sleep(200);
    }
    leave();
    expect(ConnectError.from(await ended).code).toBe(Code.Canceled);
    expect(isReturned).toBe(true);
  });

  test.each([[[]], [[1]], [[20_000]]])("an answer of %j that ends after its caller has left is over", async (rest) => {
    const { url, ended } = await serve(async (response) => {
      async function* late() {
        yield* messages(1);
        await new Promise<void>((resolve) => response.once("close", () => resolve()));
        yield* messages(...rest);
      }
      await send(late())(response);
    });
    const { answer, leave } = await get(url, version);
    answer.once("data", leave);
    expect(ConnectError.from(await ended).code).toBe(Code.Canceled);
  });

  test("what the body throws is thrown on", async () => {
    async function* failing() {
      yield* messages(1);
      throw new Error("the body failed");
    }
    const { url, ended } = await serve(async (response) => {
      await send(failing())(response).finally(() => response.destroy());
    });
    // The headers may be lost with the rest.
    await get(url, version).catch(() => {});
    expect(await ended).toMatchObject({ message: "the body failed" });
  });

  test("a caller that takes nothing for the limit loses its connection or stream", async () => {
    const { url, ended } = await serve(async (response) => {
      const bytes = Buffer.alloc(30_000_000);
      await whenTaken(
        response,
        (taken) => ("stream" in response ? response.stream.end(bytes, taken) : response.end(bytes, taken)),
        100,
      );
    });
    const { answer } = await get(url, version);
    answer.pause();
    expect(ConnectError.from(await ended).code).toBe(Code.Canceled);
    answer.resume();
    await new Promise((resolve) => answer.once("close", resolve));
  });
});
