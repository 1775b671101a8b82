import type { Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { rpcUrl } from "./testing/call-json.js";
import { chatCalls, lastChatCall } from "./testing/chat-calls.js";
import { startTestProxy } from "./testing/start-test-proxy.js";
import { usePages } from "./testing/use-pages.js";

/** What the script of the page sets. */
declare const meridian: typeof import("@meridian/inference-client/browser");

const pages = usePages();

const slowModel = { id: "gpt-4.1", tokensPerSecond: 50, answerTokens: 2_000 };

/** A proxy that pages of the first origin may call, and those of the second may not. */
async function startProxyForPages() {
  const [allowed] = pages.origins();
  const target = await startTestProxy({
    yaml: `server: { cors: { allowedOrigins: ["${allowed}", "https://app.example.com"] } }`,
    relay: { models: [slowModel, { id: "gemini-2.5-flash" }, { id: "deepseek-v3.2" }, { id: "claude-sonnet-4.5" }] },
  });
  onTestFinished(() => target.stop());
  return target;
}

describe.each(["connect", "grpc-web"] as const)("a page of an allowed origin, %s", (protocol) => {
  test("calls Chat and reads the headers of the answer", async (context) => {
    const [allowed] = pages.origins();
    const { proxy, relay } = await startProxyForPages();
    const page = await pages.open(context, allowed);
    const preflights = await watchPreflights(page);
    const answer = await page.evaluate(
      async (options) => {
        const { createInferenceClient, routeHeadersFrom, user } = meridian;
        const client = createInferenceClient({
          ...options,
          token: "a-token",
          headers: { "x-request-id": "of-a-page" },
        });
        let headers = {};
        const onHeader = (received: Headers) => {
          headers = { ...routeHeadersFrom(received) };
        };
        const { choices, model, usage, route } = await client.chat(
          { messages: [user("Find a similar category")], extraBody: { top_k: 40 } },
          { onHeader },
        );
        const { message, finishReason } = choices[0] ?? {};
        return { headers, model, finishReason, content: message?.content, usage, cost: route?.totalCostNanoUsd };
      },
      { baseUrl: proxy.url, protocol },
    );
    expect(answer).toMatchObject({
      model: "deepseek-v3.2",
      finishReason: "stop",
      content: expect.stringMatching(/Find a similar category/),
      usage: { source: "reported" },
      cost: BigInt(answer.usage?.completionTokens ?? 0) * 420n,
      headers: {
        requestId: "of-a-page",
        model: "deepseek-v3.2",
        country: "DEFAULT",
        edgeLatencyMs: expect.any(Number),
      },
    });
    expect(lastChatCall(relay).body).toMatchObject({ top_k: 40, model: "deepseek-v3.2" });
    expect(await preflights()).toEqual([
      {
        url: rpcUrl(proxy.url, "Chat"),
        status: 204,
        origin: allowed,
        maxAge: "86400",
        vary: "origin",
      },
    ]);
  });

  test("reads StreamChat to its end", async (context) => {
    const [allowed] = pages.origins();
    const { proxy, relay } = await startProxyForPages();
    const page = await pages.open(context, allowed);
    const answer = await page.evaluate(
      async (options) => {
        const { collect, createInferenceClient, routeHeadersFrom, textOf, user } = meridian;
        const client = createInferenceClient(options);
        const chat = { messages: [user("Find a similar category")], reasoningEffort: "low" };
        const whole = await client.chat(chat);
        let model: string | undefined;
        const onHeader = (received: Headers) => {
          model = routeHeadersFrom(received).model;
        };
        const pieces: string[] = [];
        for await (const piece of textOf(client.streamChat(chat, { onHeader }))) pieces.push(piece);
        const collected = await collect(client.streamChat(chat));
        const { content, reasoning } = collected.choices[0]?.message ?? {};
        const wholeMessage = whole.choices[0]?.message;
        return { pieces, model, content, reasoning, whole: wholeMessage?.content, thought: wholeMessage?.reasoning };
      },
      { baseUrl: proxy.url, protocol },
    );
    expect(answer.pieces.length).toBeGreaterThan(10);
    expect(answer.pieces.join("")).toBe(answer.whole);
    expect(answer.content).toBe(answer.whole);
    expect(answer.reasoning).toBe(answer.thought);
    expect(answer.thought).toMatch(/./);
    expect(answer.model).toBe("deepseek-v3.2");
    expect(chatCalls(relay).map(({ stream }) => stream)).toEqual([false, true, true]);
  });

  test("gets the deltas as they come, and leaving by break cancels at the relay", async (context) => {
    const [allowed] = pages.origins();
    const { proxy, relay } = await startProxyForPages();
    const page = await pages.open(context, allowed);
    const pieces = await page.evaluate(
      async (options) => {
        const { createInferenceClient, textOf, user } = meridian;
        const stream = createInferenceClient(options).streamChat({ model: "gpt-4.1", messages: [user("Count")] });
        const received: string[] = [];
        for await (const piece of textOf(stream)) if (received.push(piece) === 3) break;
        return received;
      },
      { baseUrl: proxy.url, protocol },
    );
    expect(pieces).toHaveLength(3);
    const call = await relay.whenCalled(({ outcome }) => outcome === "client_closed", AbortSignal.timeout(10_000));
    expect(call).toMatchObject({ model: "gpt-4.1", stream: true });
    expect(call.tokensSent).toBeLessThan(slowModel.answerTokens);
  });

  test("gets a typed error", async (context) => {
    const [allowed] = pages.origins();
    const { proxy } = await startProxyForPages();
    const page = await pages.open(context, allowed);
    const failure = await page.evaluate(
      async (options) => {
        const { createInferenceClient, InferenceError, user } = meridian;
        const chat = { model: "no-such-model", messages: [user("Hello")] };
        const thrown: unknown = await createInferenceClient(options)
          .chat(chat)
          .catch((error: unknown) => error);
        if (!(thrown instanceof InferenceError)) return undefined;
        const { code, reason, violations, headers } = thrown;
        return { code, reason, fields: violations.map(({ field }) => field), country: headers.get("x-region-code") };
      },
      { baseUrl: proxy.url, protocol },
    );
    expect(failure).toEqual({ code: "not_found", reason: "unknown_model", fields: ["model"], country: "DEFAULT" });
  });

  test("lists the models", async (context) => {
    const [allowed] = pages.origins();
    const { proxy } = await startProxyForPages();
    const page = await pages.open(context, allowed);
    const ids = await page.evaluate(
      async (options) => {
        const { models } = await meridian.createInferenceClient(options).listModels();
        return models.map(({ id }) => id);
      },
      { baseUrl: proxy.url, protocol },
    );
    expect(ids).toEqual(["claude-sonnet-4.5", "deepseek-v3.2", "gemini-2.5-flash", "gpt-4.1"]);
  });
});

describe.each(["connect", "grpc-web"] as const)("a page of another origin, %s", (protocol) => {
  test("is refused by the browser, and nothing is spent", async (context) => {
    const [, other] = pages.origins();
    const { proxy, relay } = await startProxyForPages();
    const page = await pages.open(context, other);
    const codes = await page.evaluate(
      async (options) => {
        const { createInferenceClient, InferenceError, user } = meridian;
        const client = createInferenceClient(options);
        const chat = { messages: [user("Hello")] };
        const readStream = async () => {
          for await (const event of client.streamChat(chat)) if (event.event.case === "end") return;
        };
        const outcomes = await Promise.allSettled([client.chat(chat), readStream(), client.listModels()]);
        return outcomes.map((outcome) => {
          if (outcome.status === "fulfilled") return "fulfilled";
          const reason: unknown = outcome.reason;
          return reason instanceof InferenceError ? reason.code : String(reason);
        });
      },
      { baseUrl: proxy.url, protocol },
    );
    expect(codes).toEqual(["unavailable", "unavailable", "unavailable"]);
    expect(chatCalls(relay)).toEqual([]);
  });
});

test("a page of another origin cannot read what needs no preflight either", async (context) => {
  const [allowed, other] = pages.origins();
  const { proxy } = await startProxyForPages();
  const read = (page: Page) =>
    page.evaluate(
      (url) =>
        fetch(url).then(
          ({ status }) => String(status),
          (error: unknown) => String(error),
        ),
      `${rpcUrl(proxy.url, "ListModels")}?connect=v1&encoding=json&message=%7B%7D`,
    );
  expect(await read(await pages.open(context, allowed))).toBe("200");
  expect(await read(await pages.open(context, other))).toMatch(/^TypeError/);
});

/** Watches the preflights of a page. The function that is given tells those that have been answered. */
async function watchPreflights(page: Page) {
  const session = await page.context().newCDPSession(page);
  const answered: { url: string; status: number; origin?: string; maxAge?: string; vary?: string }[] = [];
  session.on("Network.responseReceived", ({ type, response: { url, status, headers } }) => {
    if (type !== "Preflight") return;
    const received = new Headers(headers);
    answered.push({
      url,
      status,
      origin: received.get("access-control-allow-origin") ?? "",
      maxAge: received.get("access-control-max-age") ?? "",
      vary: received.get("vary") ?? "",
    });
  });
  await session.send("Network.enable");
  // A round trip: events that were sent before its answer have come.
  return async () => {
    await session.send("Network.getSecurityIsolationStatus").catch(() => undefined);
    return answered;
  };
}
