import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { dispatcherWith, looked, ok, rawRelay } from "../testing/dispatcher-harness.js";
import { closed } from "../testing/exchange.js";
import { send } from "../testing/send.js";

describe("connections that are idle", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each([
    ["four seconds", "", 4_000],
    ["two less than the relay says", "Keep-Alive: max=9, timeout=12\r\n", 10_000],
    ["ten minutes at most", "keep-alive: timeout=999999\r\n", 600_000],
  ])("are closed after %s", async (_, headers, idleMs) => {
    const { origin, sockets } = await rawRelay((_request, socket) => void socket.write(ok("x", headers)));
    const dispatcher = dispatcherWith();
    await send(dispatcher, { origin }).result;
    await looked();
    vi.advanceTimersByTime(idleMs - 1);
    await send(dispatcher, { origin }).result;
    await looked();
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(idleMs + 1_000);
    await closed(sockets[0]);
  });

  test("are not used once their time is over, though nobody has looked", async () => {
    const { origin, sockets } = await rawRelay((_, socket) => void socket.write(ok("x")));
    const dispatcher = dispatcherWith();
    await send(dispatcher, { origin }).result;
    await looked();
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 4_001);
    await send(dispatcher, { origin }).result;
    expect(sockets).toHaveLength(2);
    vi.restoreAllMocks();
  });
});

describe("more requests than connections", () => {
  test("are served as they came, and who leaves is not", async () => {
    const seen: string[] = [];
    const held: (() => void)[] = [];
    const { origin, sockets } = await rawRelay((request, socket) => {
      seen.push(request.slice(4, 6));
      held.push(() => socket.write(ok("x")));
    });
    const dispatcher = dispatcherWith({ maxConnections: 1 });
    const sendings = ["/1", "/2", "/3", "/4"].map((path) => send(dispatcher, { origin, path }));
    await vi.waitFor(() => expect(held).toHaveLength(1));
    sendings[1]?.controller().abort(new Error("left"));
    for (const count of [1, 2, 3]) {
      await vi.waitFor(() => expect(held).toHaveLength(count));
      held[count - 1]?.();
    }
    await Promise.all([0, 2, 3].map((index) => sendings[index]?.result));
    expect(seen).toEqual(["/1", "/3", "/4"]);
    expect(sockets).toHaveLength(1);
  });

  test("get another connection where one breaks", async () => {
    const { origin, sockets } = await rawRelay((request, socket) => {
      if (request.includes("/break")) socket.destroy();
      else socket.write(ok("x"));
    });
    const dispatcher = dispatcherWith({ maxConnections: 1 });
    const sendings = ["/break", "/a", "/b"].map((path) => send(dispatcher, { origin, path }).result);
    const bodies = (await Promise.all(sendings)).map(({ body }) => body);
    expect(bodies).toEqual(["", "x", "x"]);
    expect(sockets).toHaveLength(2);
  });

  test("all fail where none can be made", async () => {
    const { origin, close } = await rawRelay(() => {});
    await close();
    const dispatcher = dispatcherWith({ maxConnections: 1 });
    const sent = await Promise.all([1, 2, 3].map(() => send(dispatcher, { origin }).result));
    expect(sent.map(({ error }) => error)).toMatchObject(Array(3).fill({ code: "ECONNREFUSED" }));
  });
});

test("closing fails what is under way, what waits and what comes later, and leaves no connection", async () => {
  const { origin, sockets } = await rawRelay(() => {});
  const dispatcher = dispatcherWith({ maxConnections: 1 });
  const sendings = [1, 2].map(() => send(dispatcher, { origin }).result);
  await vi.waitFor(() => expect(sockets[0]?.bytesRead).toBeGreaterThan(0));
  await dispatcher.close();
  const late = send(dispatcher, { origin }).result;
  for (const sending of [...sendings, late]) expect((await sending).error).toBeInstanceOf(Error);
  await closed(sockets[0]);
  expect(sockets).toHaveLength(1);
});

test("closing fails what a connection is being made for, and what asks another relay later", async () => {
  // Never says a word of TLS.
  const { origin, sockets } = await rawRelay(() => {});
  const dispatcher = dispatcherWith({ maxConnections: 1 });
  const secure = origin.replace("http:", "https:");
  const sendings = [1, 2].map(() => send(dispatcher, { origin: secure }).result);
  await vi.waitFor(() => expect(sockets).toHaveLength(1));
  const startMs = performance.now();
  await dispatcher.close();
  for (const sending of sendings) expect(await sending).toMatchObject({ error: { code: "ECONNABORTED" } });
  await closed(sockets[0]);
  expect(performance.now() - startMs).toBeLessThan(1_000);
  expect(await send(dispatcher, { origin }).result).toMatchObject({ error: { code: "ECONNABORTED" } });
});

test("who leaves at once is not asked for", async () => {
  const { origin, sockets } = await rawRelay((_, socket) => void socket.write(ok("x")));
  const dispatcher = dispatcherWith();
  const handler = {
    onRequestStart: (controller: { abort(error: Error): void }) => controller.abort(new Error("left")),
    onResponseStart: () => {},
    onResponseData: () => {},
    onResponseEnd: () => {},
    onResponseError: () => {},
  };
  dispatcher.dispatch({ origin, path: "/", method: "GET", headers: {} }, handler);
  await looked();
  expect(sockets).toHaveLength(0);
});
