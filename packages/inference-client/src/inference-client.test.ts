import { getEventListeners, once } from "node:events";
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema } from "@meridian/inference-proto";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CallOptions, InferenceError, routeHeadersFrom, user } from "./node.js";
import { clientCases } from "./test/client-cases.js";
import { type StubService, startStubService } from "./test/start-stub-service.js";

const hello = { messages: [user("hello")] };

describe.each(clientCases)("$name", ({ httpVersion, createClient, getsModels, timeoutHeader }) => {
  const start = async (
    implementation: Parameters<typeof startStubService>[1],
    options: Partial<Parameters<typeof createClient>[0]> = {},
  ) => {
    const service: StubService = await startStubService(httpVersion, implementation);
    const client = createClient({ baseUrl: service.baseUrl, ...options });
    onTestFinished(async () => {
      client.close();
      await service.close();
    });
    return { service, client };
  };

  test("chat sends the request and gives the answer with its headers", async () => {
    const { client, service } = await start(
      {
        chat(request, context) {
          context.responseHeader.set("x-model-routed", "gpt-4.1");
          context.responseHeader.set("x-region-code", "SG");
          context.responseHeader.set("x-edge-latency-ms", "12");
          context.responseHeader.set("x-request-id", "request-1");
          const content = `${request.messages[0]?.content} at ${request.temperature}`;
          return { choices: [{ message: { role: "assistant", content } }] };
        },
      },
      { token: () => Promise.resolve("secret"), headers: { "x-team": "search", "x-kept": "1" } },
    );
    let headers = new Headers();
    const onHeader: CallOptions["onHeader"] = (received) => {
      headers = received;
    };
    const answer = await client.chat({ ...hello, temperature: 0.5 }, { headers: { "x-team": "ads" }, onHeader });
    expect(answer.choices[0]?.message?.content).toBe("hello at 0.5");
    expect(routeHeadersFrom(headers)).toEqual({
      requestId: "request-1",
      model: "gpt-4.1",
      country: "SG",
      edgeLatencyMs: 12,
    });
    expect(service.received[0]?.headers).toMatchObject({
      authorization: "Bearer secret",
      "x-team": "ads",
      "x-kept": "1",
    });
  });

  test("the default deadline is sent", async () => {
    const deadlines: (number | undefined)[] = [];
    const { client } = await start({
      chat(_, context) {
        deadlines.push(context.timeoutMs());
        return {};
      },
    });
    await client.chat(hello);
    await client.chat(hello, { timeoutMs: 5_000 });
    expect(deadlines[0]).toBeGreaterThan(50_000);
    expect(deadlines[0]).toBeLessThanOrEqual(60_000);
    expect(deadlines[1]).toBeLessThanOrEqual(5_000);
  });

  test("explainRoute sends the chat by POST, listModels reads", async () => {
    const { client, service } = await start({
      explainRoute: ({ chat }) => ({ reasons: [chat?.messages[0]?.content ?? ""] }),
      listModels: () => ({ models: [{ id: "gpt-4.1" }] }),
    });
    expect((await client.explainRoute(hello)).reasons).toEqual(["hello"]);
    expect((await client.listModels()).models.map((model) => model.id)).toEqual(["gpt-4.1"]);
    expect(service.received.map((request) => request.method)).toEqual(["POST", getsModels ? "GET" : "POST"]);
  });

  test("a deadline over a silent service is deadline_exceeded", async () => {
    const { client, service } = await start({ chat: (_, context) => aborted(context.signal) });
    await expect(client.chat(hello, { timeoutMs: 100 })).rejects.toMatchObject({
      name: "InferenceError",
      code: "deadline_exceeded",
      reason: "deadline_exceeded",
    });
    expect(service.received[0]?.headers[timeoutHeader]).toMatch(/^100m?$/);
  });

  test("the caller's signal cancels at both ends and keeps no listener", async () => {
    const seen = Promise.withResolvers<AbortSignal>();
    const { client } = await start({
      chat(_, context) {
        seen.resolve(context.signal);
        return aborted(context.signal);
      },
      listModels: () => ({}),
    });
    const controller = new AbortController();
    const answer = client.chat(hello, { signal: controller.signal });
    const failure = expect(answer).rejects.toMatchObject({ code: "canceled", reason: "canceled" });
    const signal = await seen.promise;
    controller.abort(new Error("the user left"));
    await failure;
    if (!signal.aborted) await once(signal, "abort");
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);

    const other = new AbortController();
    await client.listModels({ signal: other.signal });
    expect(getEventListeners(other.signal, "abort")).toEqual([]);
  });

  test("a call whose signal has aborted is not sent", async () => {
    const { client, service } = await start({ chat: () => ({}) });
    await expect(client.chat(hello, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: "canceled" });
    expect(service.received).toEqual([]);
  });

  test("a failure arrives with all that its detail says", async () => {
    const { client } = await start({
      chat() {
        throw new ConnectError("too many requests", Code.ResourceExhausted, { "x-request-id": "request-9" }, [
          {
            desc: ErrorDetailSchema,
            value: create(ErrorDetailSchema, {
              reason: "rate_limited",
              retryDelay: durationFromMs(1_500),
              violations: [{ field: "n", description: "at most 16", rule: "int32.lte" }],
              route: {
                requestId: "request-9",
                attempts: [{ endpoint: "tokyo", outcome: "rate_limited", status: 429 }],
              },
              relayMessage: "slow down",
            }),
          },
        ]);
      },
    });
    const error = await client.chat(hello).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InferenceError);
    expect(error).toMatchObject({
      code: "resource_exhausted",
      reason: "rate_limited",
      retryDelayMs: 1_500,
      violations: [{ field: "n" }],
      attempts: [{ endpoint: "tokyo", status: 429 }],
      route: { requestId: "request-9" },
      relayMessage: "slow down",
      cause: { name: "ConnectError" },
    });
    expect(error instanceof InferenceError && routeHeadersFrom(error.headers).requestId).toBe("request-9");
  });

  test("a service that is not there is connection_failed", async () => {
    const gone = await startStubService(httpVersion, {});
    await gone.close();
    const client = createClient({ baseUrl: gone.baseUrl });
    onTestFinished(() => client.close());
    await expect(client.chat(hello)).rejects.toMatchObject({ code: "unavailable", reason: "connection_failed" });
  });

  test("a token source that fails or hangs fails the call before anything is sent", async () => {
    const { service, client } = await start({}, { token: () => Promise.reject(new Error("vault is down")) });
    await expect(client.chat(hello)).rejects.toMatchObject({ code: "unauthenticated", reason: "unauthenticated" });
    const hanging = createClient({ baseUrl: service.baseUrl, token: () => new Promise<string>(() => undefined) });
    onTestFinished(() => hanging.close());
    await expect(hanging.chat(hello, { timeoutMs: 50 })).rejects.toMatchObject({ reason: "deadline_exceeded" });
    expect(service.received).toEqual([]);
  });

  test("interceptors run in order, before the token is set; a call's own authorization stays", async () => {
    const seen: string[] = [];
    const { client, service } = await start(
      { listModels: () => ({}) },
      {
        token: "secret",
        interceptors: ["outer", "inner"].map((name) => (next) => (request) => {
          seen.push(`${name}: ${request.header.get("authorization")}`);
          return next(request);
        }),
      },
    );
    await client.listModels();
    await client.listModels({ headers: { authorization: "Basic own" } });
    expect(seen).toEqual(["outer: null", "inner: null", "outer: Basic own", "inner: Basic own"]);
    expect(service.received.map(({ headers }) => headers.authorization)).toEqual(["Bearer secret", "Basic own"]);
  });

  test("bad options of a call name the option", async () => {
    const { client, service } = await start({});
    await expect(client.chat(hello, { timeoutMs: 0 })).rejects.toMatchObject({
      name: "InferenceError",
      reason: "invalid_request",
      violations: [{ field: "options.timeoutMs" }],
    });
    await expect(client.chat(hello, { headers: { "x y": "" } })).rejects.toMatchObject({
      violations: [{ field: "options.headers" }],
    });
    expect(service.received).toEqual([]);
  });

  test("close cancels what runs and refuses what comes", async () => {
    const seen = Promise.withResolvers<void>();
    const { client } = await start({
      chat(_, context) {
        seen.resolve();
        return aborted(context.signal);
      },
    });
    const failure = expect(client.chat(hello)).rejects.toMatchObject({ reason: "canceled" });
    await seen.promise;
    client.close();
    await failure;
    await expect(client.listModels()).rejects.toMatchObject({ reason: "canceled", message: /closed/ });
  });
});

/** Never answers: rejects when the call is over. */
async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, "abort");
  throw new ConnectError("over", Code.Canceled);
}
