import { createServer } from "node:http";
import { afterEach, expect, test } from "vitest";
import { createInFlight } from "./in-flight.js";
import { type HttpResponse, respond } from "./respond.js";

const closing: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

async function start() {
  const draining = new AbortController();
  const open: HttpResponse[] = [];
  const inFlight = createInFlight((_request, response) => open.push(response), draining.signal);
  const server = createServer(inFlight.listener);
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  const url = `http://127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}/`;
  return { draining, open, inFlight, url };
}

test("is idle before the first call", async () => {
  const { inFlight } = await start();
  await inFlight.idle();
});

test("is idle once the last answer has ended, however it ended", async () => {
  const { inFlight, open, url } = await start();
  const leaving = new AbortController();
  const answered = fetch(url, { headers: { connection: "close" } });
  const left = fetch(url, { signal: leaving.signal }).catch(() => "left");
  await expect.poll(() => open.length).toBe(2);
  let isIdle = false;
  const idle = inFlight.idle().then(() => {
    isIdle = true;
  });
  leaving.abort();
  expect(await left).toBe("left");
  expect(isIdle).toBe(false);
  for (const response of open) respond(response, 200);
  expect((await answered).status).toBe(200);
  await idle;
});

test.for([false, true])(
  "tells callers of HTTP/1.1 to close their connection while draining: %s",
  async (isDraining) => {
    const { draining, open, url } = await start();
    if (isDraining) draining.abort();
    const answer = fetch(url);
    await expect.poll(() => open.length).toBe(1);
    for (const response of open) respond(response, 200);
    expect((await answer).headers.get("connection")).toBe(isDraining ? "close" : "keep-alive");
  },
);
