import type { ServerResponse } from "node:http";
import { UpstreamError } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { collect } from "./testing/collect.js";
import {
  answer,
  closed,
  delta,
  doneEvent,
  end,
  endEvent,
  expectClosedAtOnce,
  failing,
  never,
  rejection,
  startStream,
  textEvent,
  writeEndlessly,
} from "./testing/exchange.js";
import { useRelayHarness } from "./testing/relay-harness.js";
import { testRequest } from "./testing/relay-request.js";

const harness = useRelayHarness();

describe("a stream", () => {
  test("is read to its end", async () => {
    const { baseUrl } = await harness.http((_, response) => {
      startStream(response).end(textEvent + endEvent + doneEvent);
    });
    const { status, events } = await harness.relay().stream(testRequest(baseUrl), never);
    expect(status).toBe(200);
    expect(await collect(events)).toEqual({ events: [delta, end], error: undefined });
  });

  test("gives each event as it comes", async () => {
    let response: ServerResponse | undefined;
    const { baseUrl } = await harness.http((_, opened) => {
      response = opened;
      startStream(opened).write(textEvent);
    });
    const { events } = await harness.relay().stream(testRequest(baseUrl), never);
    const iterator = events[Symbol.asyncIterator]();
    for (let count = 0; count < 5; count++) {
      expect(await iterator.next()).toEqual({ done: false, value: [delta] });
      response?.write(textEvent);
    }
    await iterator.return?.();
  });

  test.each(["text/event-stream", "text/event-stream; charset=utf-8", "TEXT/Event-Stream ;x"])(
    "may have the content type %s",
    async (type) => {
      const { baseUrl } = await harness.http((_, response) => {
        response.writeHead(200, { "content-type": type }).end(endEvent);
      });
      const { events } = await harness.relay().stream(testRequest(baseUrl), never);
      expect(await collect(events)).toEqual({ events: [end], error: undefined });
    },
  );

  test.each([
    [
      "an error as JSON",
      "application/json",
      '{"error":{"message":"x","code":503}}',
      { kind: "overloaded", status: 200 },
    ],
    ["a whole answer", "application/json; charset=utf-8", answer, { kind: "malformed_answer", status: 200 }],
    ["a page", "text/html", "<html></html>", { kind: "malformed_answer", status: 200 }],
    ["no content type", "", textEvent, { kind: "malformed_answer", status: 200 }],
  ])("that is %s is none", async (_, type, body, failure) => {
    const { baseUrl } = await harness.http((_request, response) => {
      response.writeHead(200, type === "" ? {} : { "content-type": type }).end(body);
    });
    const error = await rejection(harness.relay().stream(testRequest(baseUrl), never));
    expect(error).toEqual(failing(expect.objectContaining(failure)));
  });

  test("of the wrong content type is not waited for", async () => {
    const { baseUrl, sockets } = await harness.http((_, response) => {
      response.writeHead(200, { "content-type": "text/plain" }).write(textEvent);
    });
    const error = await rejection(harness.relay().stream(testRequest(baseUrl), never));
    expect(error).toMatchObject({ failure: { kind: "malformed_answer", status: 200 } });
    await closed(sockets[0]);
  });

  test("with a huge event is refused, and its socket closed", async () => {
    const { baseUrl, sockets } = await harness.http((_, response) => {
      startStream(response).write("data: ");
      writeEndlessly(response, "x".repeat(65_536));
    });
    const { events } = await harness.relay({ maxEventBytes: 100_000 }).stream(testRequest(baseUrl), never);
    const { error } = await collect(events);
    expect(error).toMatchObject({ failure: { kind: "malformed_answer", status: 200 } });
    await expectClosedAtOnce(sockets[0]);
  });
});

describe("leaving a stream", () => {
  const open = async () => {
    const { baseUrl, sockets } = await harness.http((_, response) => startStream(response).write(textEvent));
    const { events } = await harness.relay().stream(testRequest(baseUrl), never);
    return { iterator: events[Symbol.asyncIterator](), events, sockets };
  };

  test("after an event closes the socket", async () => {
    const { events, sockets } = await open();
    for await (const batch of events) {
      expect(batch).toEqual([delta]);
      break;
    }
    await expectClosedAtOnce(sockets[0]);
  });

  test("before the first event closes the socket", async () => {
    const { iterator, sockets } = await open();
    await iterator.return?.();
    await expectClosedAtOnce(sockets[0]);
  });

  test("while an event is waited for closes the socket", async () => {
    const { iterator, sockets } = await open();
    await iterator.next();
    const pending = rejection(iterator.next());
    await iterator.return?.();
    await expectClosedAtOnce(sockets[0]);
    expect(await pending).toBeInstanceOf(UpstreamError);
  });
});

describe("after [DONE]", () => {
  const whole = { events: [delta, end], error: undefined };

  test("the connection is used again", async () => {
    const { baseUrl, sockets } = await harness.http((request, response) => {
      request.resume();
      startStream(response).write(textEvent + endEvent + doneEvent);
      // The end of the body comes on its own, as it does from most servers.
      setTimeout(() => response.end(), 20);
    });
    const relay = harness.relay({ maxConnectionsPerEndpoint: 1 });
    for (let count = 0; count < 5; count++) {
      const { events } = await relay.stream(testRequest(baseUrl), never);
      expect(await collect(events)).toEqual(whole);
    }
    expect(sockets).toHaveLength(1);
  });

  test("returning once more leaves the connection alone", async () => {
    const { baseUrl, sockets } = await harness.http((request, response) => {
      request.resume();
      startStream(response).write(textEvent + endEvent + doneEvent);
      setTimeout(() => response.end(), 20);
    });
    const relay = harness.relay({ maxConnectionsPerEndpoint: 1 });
    for (let count = 0; count < 2; count++) {
      const { events } = await relay.stream(testRequest(baseUrl), never);
      const iterator = events[Symbol.asyncIterator]();
      while ((await iterator.next()).done !== true);
      await iterator.return?.();
    }
    expect(sockets).toHaveLength(1);
  });

  test("a body that stays open is let go", async () => {
    const { baseUrl, sockets } = await harness.http((_, response) => {
      startStream(response).write(textEvent + endEvent + doneEvent);
    });
    const { events } = await harness.relay().stream(testRequest(baseUrl), never);
    expect(await collect(events)).toEqual(whole);
    await closed(sockets[0]);
  });

  test("a body that goes on and on is let go", async () => {
    const { baseUrl, sockets } = await harness.http((_, response) => {
      startStream(response).write(textEvent + endEvent + doneEvent);
      writeEndlessly(response, "x".repeat(65_536));
    });
    const { events } = await harness.relay().stream(testRequest(baseUrl), never);
    expect(await collect(events)).toEqual(whole);
    await closed(sockets[0]);
  });
});

test("a slow reader holds the relay back", async () => {
  const padded = `: ${"x".repeat(16_000)}\n${textEvent}`;
  let written = 0;
  const { baseUrl, sockets } = await harness.http((_, response) => {
    startStream(response);
    const more = () => {
      while (!response.destroyed) {
        written += padded.length;
        if (!response.write(padded)) break;
      }
    };
    response.on("drain", more);
    more();
  });
  const { events } = await harness.relay().stream(testRequest(baseUrl), never);
  const iterator = events[Symbol.asyncIterator]();
  await iterator.next();

  // What the sockets of the system hold, and a little of our own; without a limit it would grow for ever.
  const atRest = await still(() => written);
  expect(atRest).toBeLessThan(32 * 1024 * 1024);
  const reads = Math.ceil(atRest / padded.length) + 100;
  for (let count = 0; count < reads; count++) expect(await iterator.next()).toEqual({ done: false, value: [delta] });
  expect(written).toBeGreaterThan(atRest);

  await iterator.return?.();
  await expectClosedAtOnce(sockets[0]);
});

/** Waits until a number has not changed for a fifth of a second. */
async function still(read: () => number): Promise<number> {
  for (let before = -1; ; ) {
    const now = read();
    if (now === before) return now;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
