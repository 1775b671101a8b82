import { getEventListeners, once } from "node:events";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema, type StreamChatResponse } from "@meridian/inference-proto";
import { describe, expect, onTestFinished, test } from "vitest";
import { collect, textOf, user } from "./node.js";
import { clientCases } from "./test/client-cases.js";
import { startStubService } from "./test/start-stub-service.js";
import { endEvent, restartEvent, startEvent, textEvent } from "./test/stream-events.js";

const hello = { messages: [user("hello")] };

describe.each(clientCases)("$name", ({ httpVersion, createClient }) => {
  /** A service whose streams give `events`, then do `then`; `over` is the signal of the first call. */
  const start = async (events: readonly StreamChatResponse[], then?: (signal: AbortSignal) => Promise<void>) => {
    const over = Promise.withResolvers<void>();
    const service = await startStubService(httpVersion, {
      async *streamChat(_, context) {
        if (context.signal.aborted) over.resolve();
        context.signal.addEventListener("abort", () => over.resolve());
        yield* events;
        await then?.(context.signal);
      },
      listModels: () => ({}),
    });
    const client = createClient({ baseUrl: service.baseUrl });
    onTestFinished(async () => {
      client.close();
      await service.close();
    });
    return { service, client, over: over.promise };
  };

  test("the events come in order, and collect makes an answer of them", async () => {
    const { client } = await start([startEvent, textEvent("Hel"), textEvent("lo"), endEvent]);
    const cases: (string | undefined)[] = [];
    for await (const { event } of client.streamChat(hello)) cases.push(event.case);
    expect(cases).toEqual(["start", "textDelta", "textDelta", "end"]);
    expect((await collect(client.streamChat(hello))).choices[0]?.message?.content).toBe("Hello");
  });

  test("an event arrives while the service still works", async () => {
    const { client } = await start([startEvent, textEvent("first")], untilAborted);
    for await (const text of textOf(client.streamChat(hello))) {
      expect(text).toBe("first");
      break;
    }
    expect.assertions(1);
  });

  test.each<[string, (events: AsyncIterable<unknown>) => Promise<void>]>([
    [
      "break",
      async (events) => {
        for await (const _ of events) break;
      },
    ],
    [
      "an exception",
      async (events) => {
        const thrown = new Error("the caller's own");
        const loop = async () => {
          for await (const _ of events) throw thrown;
        };
        await expect(loop()).rejects.toBe(thrown);
      },
    ],
    [
      "return() while an event is awaited",
      async (events) => {
        const iterator = events[Symbol.asyncIterator]();
        await iterator.next();
        const waiting = iterator.next();
        await iterator.return?.();
        expect(await waiting).toEqual({ done: true, value: undefined });
      },
    ],
  ])("leaving by %s cancels the call and keeps no listener", async (_name, leave) => {
    const { client, over } = await start([startEvent], untilAborted);
    const controller = new AbortController();
    await leave(client.streamChat(hello, { signal: controller.signal }));
    await over;
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    await client.listModels();
  });

  test("leaving the text of a stream cancels the call", async () => {
    const { client, over } = await start([startEvent, textEvent("a")], untilAborted);
    for await (const _ of textOf(client.streamChat(hello))) break;
    await over;
  });

  test("the caller's signal cancels at both ends and keeps no listener", async () => {
    const { client, over } = await start([startEvent], untilAborted);
    const controller = new AbortController();
    const loop = async () => {
      for await (const _ of client.streamChat(hello, { signal: controller.signal })) controller.abort();
    };
    await expect(loop()).rejects.toMatchObject({ name: "InferenceError", reason: "canceled" });
    await over;
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  test("the deadline covers the whole stream", async () => {
    const { client, over } = await start([startEvent], untilAborted);
    await expect(collect(client.streamChat(hello, { timeoutMs: 150 }))).rejects.toMatchObject({
      code: "deadline_exceeded",
      reason: "deadline_exceeded",
    });
    await over;
  });

  test("a stream that is never iterated makes no call", async () => {
    const { client, service } = await start([endEvent]);
    client.streamChat(hello);
    await client.listModels();
    expect(service.received).toHaveLength(1);
  });

  test("a stream that is iterated again makes no second call", async () => {
    const { client, service } = await start([startEvent, endEvent]);
    const stream = client.streamChat(hello);
    await collect(stream);
    await expect(collect(stream)).rejects.toMatchObject({ reason: "stream_truncated" });
    expect(service.received).toHaveLength(1);
  });

  test("a stream that closes without an end is stream_truncated", async () => {
    const { client } = await start([startEvent, textEvent("half an ans")]);
    const texts: string[] = [];
    const loop = async () => {
      for await (const { event } of client.streamChat(hello)) {
        if (event.case === "textDelta") texts.push(event.value.text);
      }
    };
    await expect(loop()).rejects.toMatchObject({ code: "aborted", reason: "stream_truncated" });
    expect(texts).toEqual(["half an ans"]);
  });

  test("a stream whose connection breaks is stream_truncated", async () => {
    const { client, service } = await start([startEvent], untilAborted);
    const loop = async () => {
      for await (const _ of client.streamChat(hello)) service.cutConnections();
    };
    await expect(loop()).rejects.toMatchObject({ code: "aborted", reason: "stream_truncated" });
  });

  test("a failure within a stream keeps its detail", async () => {
    const { client } = await start([startEvent], () => {
      throw new ConnectError("silent", Code.Unavailable, undefined, [
        {
          desc: ErrorDetailSchema,
          value: create(ErrorDetailSchema, { reason: "idle_limit", route: { attempts: [{ status: 200 }] } }),
        },
      ]);
    });
    await expect(collect(client.streamChat(hello))).rejects.toMatchObject({
      code: "unavailable",
      reason: "idle_limit",
      attempts: [{ status: 200 }],
    });
  });

  test("a restart voids what came before", async () => {
    const { client } = await start([startEvent, textEvent("void"), restartEvent, textEvent("whole"), endEvent]);
    const answer = await collect(client.streamChat(hello));
    expect(answer).toMatchObject({ id: "answer-2", model: "gemini-2.5-flash" });
    expect(answer.choices[0]?.message?.content).toBe("whole");
  });
});

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
