import { setTimeout as sleep } from "node:timers/promises";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { createInferenceClient, user as userMessage } from "@meridian/inference-client";
import { type RouteReport, RouteReportSchema } from "@meridian/inference-proto";

/** A call that was answered whole. */
export interface MixedCall {
  readonly user: string;
  /** When it began and ended, as `performance.now()` counts. */
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** The header `x-config-version`. */
  readonly configVersion: string;
  readonly route: RouteReport;
}

/** Calls that come at a steady pace. */
export interface MixedCalls {
  /** Those that were answered so far, in the order of their ends. */
  readonly answered: readonly MixedCall[];
  /** What was said of those that failed so far. */
  readonly failed: readonly string[];
  /** Resolves when so many more have come, and have ended. */
  more(calls: number): Promise<void>;
  /** Lets no more come, and waits for those that run. Gives how many came in a second. */
  stop(): Promise<number>;
}

const content = "Tell me a story.";
const maxTokens = 4;
/** For each call, in milliseconds. */
const timeoutMs = 120_000;

/** Where this machine comes later than that, in milliseconds, calls are left out: they do not come all at once. */
const maxLateMs = 250;

/**
 * Calls a proxy `callsPerSecond` times a second, whatever becomes of the calls before: by Connect over HTTP/1.1 and HTTP/2, by gRPC and by the OpenAI front in turn, whole and streamed in turn, for one of `users` users after
 * the other. On a machine that has no time for that they are fewer: where half a second's run at once, all of
 * them end before the next begins, so that a slow machine is not taken for lasting overload.
 */
export function startMixedCalls(baseUrl: string, callsPerSecond: number, users: number): MixedCalls {
  const clients = [
    createInferenceClient({ baseUrl, httpVersion: "1.1" }),
    createInferenceClient({ baseUrl }),
    createInferenceClient({ baseUrl, protocol: "grpc" }),
  ];
  const ways: readonly ((user: string) => Promise<Told>)[] = [
    ...clients.flatMap((client) => [
      async (user: string) => {
        let header = new Headers();
        const onHeader = (headers: Headers) => (header = headers);
        const request = { messages: [userMessage(content)], maxTokens, user };
        const { route } = await client.chat(request, { timeoutMs, onHeader });
        return { header, route };
      },
      async (user: string) => {
        let header = new Headers();
        const onHeader = (headers: Headers) => (header = headers);
        const request = { messages: [userMessage(content)], maxTokens, user };
        let route: RouteReport | undefined;
        for await (const { event } of client.streamChat(request, { timeoutMs, onHeader }))
          if (event.case === "end") route = event.value.route;
        return { header, route };
      },
    ]),
    (user) => askOpenAi(baseUrl, user, false),
    (user) => askOpenAi(baseUrl, user, true),
  ];

  const answered: MixedCall[] = [];
  const failed: string[] = [];
  const running = new Set<Promise<void>>();
  const startedAtMs = performance.now();
  let begun = 0;
  let isOver = false;
  const call = async (way: (user: string) => Promise<Told>, user: string) => {
    const beganAtMs = performance.now();
    try {
      const { header, route } = await way(user);
      if (route === undefined) throw new Error("an answer without a route");
      const configVersion = header.get("x-config-version") ?? "";
      answered.push({ user, beganAtMs, endedAtMs: performance.now(), configVersion, route });
    } catch (error) {
      failed.push(String(error));
    }
  };
  const begin = () => {
    const way = ways[begun % ways.length];
    if (way === undefined) return;
    const ending = call(way, `user-${begun % users}`).finally(() => running.delete(ending));
    running.add(ending);
    begun += 1;
  };
  const intervalMs = 1_000 / callsPerSecond;
  let isPiledUp = false;
  const pace = async () => {
    for (let dueAtMs = startedAtMs; !isOver; await sleep(intervalMs)) {
      const nowMs = performance.now();
      dueAtMs = Math.max(dueAtMs, nowMs - maxLateMs);
      for (; dueAtMs <= nowMs && !isPiledUp; dueAtMs += intervalMs) {
        begin();
        isPiledUp = running.size >= callsPerSecond / 2;
      }
      isPiledUp &&= running.size > 0;
    }
  };
  const paced = pace();
  return {
    answered,
    failed,
    async more(calls) {
      const until = begun + calls;
      while (begun < until) await sleep(20);
      await Promise.all(running);
    },
    async stop() {
      const rate = (begun / (performance.now() - startedAtMs)) * 1_000;
      isOver = true;
      await paced;
      await Promise.all(running);
      for (const client of clients) client.close();
      return rate;
    },
  };
}

/** What an answer says of itself. */
interface Told {
  readonly header: Headers;
  readonly route: RouteReport | undefined;
}

async function askOpenAi(baseUrl: string, user: string, stream: boolean): Promise<Told> {
  const response = await fetch(`${baseUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      messages: [{ role: "user", content }],
      max_tokens: maxTokens,
      user,
      stream,
      meridian: { report: true },
    }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  const events = stream ? text.trimEnd().split("\n\n") : [`data: ${text}`];
  if (stream && events.pop() !== "data: [DONE]") throw new Error(`a stream without its end: ${text}`);
  const last: { readonly meridian: JsonValue } = JSON.parse(events.at(-1)?.replace("data: ", "") ?? "");
  return { header: response.headers, route: fromJson(RouteReportSchema, last.meridian) };
}
