import { describe, expect, test } from "vitest";
import {
  answer,
  closed,
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

describe("a unary answer", () => {
  test("is read, and the relay gets the request as it is meant", async () => {
    const seen: unknown[] = [];
    const { baseUrl } = await harness.http(async (request, response) => {
      const body = (await request.toArray()).join("");
      seen.push(request.method, request.url, request.headers, JSON.parse(body));
      response.writeHead(200, { "content-type": "application/json" }).end(answer);
    });
    const { choices } = await harness.relay().complete(testRequest(baseUrl, { top_k: 3 }), never);
    expect(choices[0]?.content).toBe("Hello");
    expect(seen).toEqual([
      "POST",
      "/v1/chat/completions",
      expect.objectContaining({
        authorization: "Bearer sk-test-0123456789",
        "x-edge-region": "ID",
        "x-key-version": "v7",
      }),
      expect.objectContaining({ model: "openai/gpt-4.1", max_tokens: 1000, top_k: 3 }),
    ]);
  });

  test("is read whatever its content type", async () => {
    const { baseUrl } = await harness.http((_, response) => response.writeHead(200).end(answer));
    await expect(harness.relay().complete(testRequest(baseUrl), never)).resolves.toHaveProperty("choices");
  });

  test("is told from a refusal by the status, though the refusal's body never comes", async () => {
    const { baseUrl, sockets } = await harness.http((_, response) => {
      response.writeHead(503, { "content-type": "application/json", "retry-after": "2" }).write('{"error":');
    });
    const error = await rejection(harness.relay().complete(testRequest(baseUrl), never));
    expect(error).toMatchObject({ failure: { kind: "overloaded", status: 503, retryAfterMs: 2000 } });
    await closed(sockets[0]);
  });

  test("of more than the largest size is refused, and its socket closed", async () => {
    const { baseUrl, sockets } = await harness.http((_, response) => {
      writeEndlessly(response, "x".repeat(65_536));
    });
    const error = await rejection(harness.relay({ maxAnswerBytes: 100_000 }).complete(testRequest(baseUrl), never));
    expect(error).toMatchObject({ failure: { kind: "malformed_answer", status: 200 } });
    await closed(sockets[0]);
  });

  test.each([
    ["with an error in it", '{"error":{"message":"x","code":429}}', { kind: "rate_limited", status: 200 }],
    ["that is a page", "<html></html>", { kind: "malformed_answer", status: 200 }],
    ["that is empty", "", { kind: "malformed_answer", status: 200 }],
  ])("%s fails", async (_, body, failure) => {
    const { baseUrl } = await harness.http((_request, response) => response.writeHead(200).end(body));
    const error = await rejection(harness.relay().complete(testRequest(baseUrl), never));
    expect(error).toEqual(failing(expect.objectContaining(failure)));
  });
});

describe("a refusal", () => {
  test("is classified by status, body and retry-after", async () => {
    const { baseUrl, sockets } = await harness.http((request, response) => {
      request.resume();
      response.writeHead(429, { "retry-after": "7" }).end('{"error":{"message":"x"}}');
    });
    const relay = harness.relay({ maxConnectionsPerEndpoint: 1 });
    for (const ask of [relay.complete, relay.stream]) {
      const error = await rejection(ask(testRequest(baseUrl), never));
      expect(error).toEqual(failing({ kind: "rate_limited", status: 429, retryAfterMs: 7000 }));
    }
    expect(sockets).toHaveLength(1);
  });

  test("keeps what the relay said for the log alone", async () => {
    const { baseUrl } = await harness.http((_, response) => response.writeHead(500).end("secret host 10.0.0.1"));
    const error = await rejection(harness.relay().complete(testRequest(baseUrl), never));
    expect(error).toMatchObject({ message: "overloaded", cause: "secret host 10.0.0.1" });
  });

  test("with an endless body is known all the same, and its socket closed", async () => {
    const { baseUrl, sockets } = await harness.http((_, response) => {
      response.writeHead(503);
      writeEndlessly(response, "x".repeat(65_536));
    });
    const error = await rejection(harness.relay().complete(testRequest(baseUrl), never));
    expect(error).toMatchObject({ failure: { kind: "overloaded", status: 503 } });
    await closed(sockets[0]);
  });

  test("whose body is cut is known all the same", async () => {
    const { baseUrl } = await harness.raw((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 401 No\r\ncontent-length: 100\r\n\r\n{"));
    });
    const error = await rejection(harness.relay().complete(testRequest(baseUrl), never));
    expect(error).toEqual(failing({ kind: "credential_rejected", status: 401 }));
  });

  test.each([301, 302, 303, 307, 308])("of %i is not followed", async (status) => {
    const paths: unknown[] = [];
    const { baseUrl } = await harness.http((request, response) => {
      paths.push(request.url);
      response.writeHead(status, { location: "/v1/elsewhere" }).end();
    });
    const error = await rejection(harness.relay().complete(testRequest(baseUrl), never));
    expect(error).toMatchObject({ failure: { kind: "malformed_answer", status } });
    expect(paths).toEqual(["/v1/chat/completions"]);
  });
});

describe("probe", () => {
  const probe = async (baseUrl: string, signal = never) => {
    const { endpoint, credential } = testRequest(baseUrl).deployment;
    return harness.relay({ maxConnectionsPerEndpoint: 1 }).probe(endpoint, credential, signal);
  };

  test.each([200, 307, 401, 404, 503])("gives a status of %i", async (status) => {
    const seen: unknown[] = [];
    const { baseUrl } = await harness.http((request, response) => {
      seen.push(request.method, request.url, request.headers.authorization);
      response.writeHead(status, { location: "/" }).end("{}");
    });
    expect(await probe(baseUrl)).toBe(status);
    expect(seen).toEqual(["GET", "/v1/models", "Bearer sk-test-0123456789"]);
  });

  test("keeps its connection for the next call", async () => {
    const { baseUrl, sockets } = await harness.http((_, response) => response.end("x".repeat(10_000)));
    const { endpoint, credential } = testRequest(baseUrl).deployment;
    const relay = harness.relay({ maxConnectionsPerEndpoint: 1 });
    for (let count = 0; count < 3; count++) expect(await relay.probe(endpoint, credential, never)).toBe(200);
    expect(sockets).toHaveLength(1);
  });

  test("does not wait for the list, and lets go of a long one", async () => {
    const { baseUrl, sockets } = await harness.http((_, response) => response.writeHead(200).write("{"));
    expect(await probe(baseUrl)).toBe(200);
    await closed(sockets[0]);
  });

  test("fails where nobody answers", async () => {
    const { baseUrl } = await harness.raw((socket) => socket.destroy());
    expect(await rejection(probe(baseUrl))).toMatchObject({ failure: { kind: "connection_failed" } });
  });

  test("stops when it is told to", async () => {
    const controller = new AbortController();
    const reason = new Error("two seconds");
    const { baseUrl, sockets } = await harness.raw((socket) => socket.once("data", () => controller.abort(reason)));
    expect(await rejection(probe(baseUrl, controller.signal))).toBe(reason);
    await expectClosedAtOnce(sockets[0]);
  });
});

test("closing fails the calls under way", async () => {
  const { baseUrl, sockets } = await harness.http((_, response) => startStream(response).write(textEvent));
  const relay = harness.relay();
  const { events } = await relay.stream(testRequest(baseUrl), never);
  const iterator = events[Symbol.asyncIterator]();
  await iterator.next();
  const pending = rejection(iterator.next());
  await relay.close();
  expect(await pending).toEqual(failing({ kind: "stream_truncated", deltas: 1 }));
  await closed(sockets[0]);
});
