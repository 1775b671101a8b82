import { setTimeout as sleep } from "node:timers/promises";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { createInferenceClient, InferenceError, user as userMessage } from "@meridian/inference-client";
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

/** A call that was not. */
export interface FailedMixedCall {
  /** What was said of it. */
  readonly message: string;
  /** As `performance.now()` counts. */
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** The header `x-replica` that a balancer adds; "" where no header came. */
  readonly replica: string;
}

/** Calls that come at a steady pace. */
export interface MixedCalls {
  /** Those that were answered so far, in the order of their ends. */
  readonly answered: readonly MixedCall[];
  /** Those that failed so far. */
  readonly failed: readonly FailedMixedCall[];
  /** Resolves when so many more have come, and have ended. */
  more(calls: number): Promise<void>;
  /** Lets no more come, and waits for those that run. Gives how many came in a second. */
  stop(): Promise<number>;
}

/** What calls are made, and how often. */
export interface MixedCallsOptions {
  readonly baseUrl: string;
  readonly callsPerSecond: number;
  /** How many users call, one after the other. */
  readonly users: number;
  /** Of a call, by its number. Default: none. */
  readonly headersOf?: (index: number) => Readonly<Record<string, string>>;
  /** Whether each call is one for the cache, and asks what none has asked. Default false: all ask the same. */
  readonly isCacheable?: boolean;
  /** Where so many seconds' calls run at once, none comes until all of them have ended. Default 0.5. */
  readonly maxRunningSeconds?: number;
}

const question = "Tell me a story.";
const maxTokens = 4;
/** For each call, in milliseconds. */
const timeoutMs = 120_000;

/** Where this machine comes later than that, in milliseconds, calls are left out: they do not come all at once. */
const maxLateMs = 250;

/**
 * Calls a proxy so many times a second, whatever becomes of the calls before: by Connect over HTTP/1.1 and HTTP/2, by gRPC and
 * by the OpenAI front in turn, whole and streamed in turn. On a machine that has no time for that they are fewer, so that a
 * slow machine is not taken for lasting overload: see `maxRunningSeconds`.
 */
export function startMixedCalls(options: MixedCallsOptions): MixedCalls {
  const {
    baseUrl,
    callsPerSecond,
    users,
    headersOf = () => ({}),
    isCacheable = false,
    maxRunningSeconds = 0.5,
  } = options;
  const clients = [
    createInferenceClient({ baseUrl, httpVersion: "1.1" }),
    createInferenceClient({ baseUrl }),
    createInferenceClient({ baseUrl, protocol: "grpc" }),
  ];
  const ways: readonly Way[] = [
    ...clients.flatMap((client): readonly Way[] => [
      async ({ content, ...asked }, headers, onHeader) =>
        (await client.chat({ messages: [userMessage(content)], maxTokens, ...asked }, { timeoutMs, headers, onHeader }))
          .route,
      async ({ content, ...asked }, headers, onHeader) => {
        const request = { messages: [userMessage(content)], maxTokens, ...asked };
        for await (const { event } of client.streamChat(request, { timeoutMs, headers, onHeader }))
          if (event.case === "end") return event.value.route;
        return undefined;
      },
    ]),
    (asked, headers, onHeader) => askOpenAi(baseUrl, { ...asked, stream: false }, headers, onHeader),
    (asked, headers, onHeader) => askOpenAi(baseUrl, { ...asked, stream: true }, headers, onHeader),
  ];

  const answered: MixedCall[] = [];
  const failed: FailedMixedCall[] = [];
  const running = new Set<Promise<void>>();
  const startedAtMs = performance.now();
  let begun = 0;
  let isOver = false;
  const call = async (way: Way, index: number) => {
    const beganAtMs = performance.now();
    const user = `user-${index % users}`;
    let header = new Headers();
    try {
      const asked = isCacheable
        ? { user, content: `${question} ${index}`, temperature: 0 }
        : { user, content: question };
      const route = await way(asked, headersOf(index), (headers) => {
        header = headers;
      });
      if (route === undefined) throw new Error("an answer without a route");
      const configVersion = header.get("x-config-version") ?? "";
      answered.push({ user, beganAtMs, endedAtMs: performance.now(), configVersion, route });
    } catch (error) {
      const told = error instanceof InferenceError ? error.headers.get("x-replica") : null;
      const replica = told ?? header.get("x-replica") ?? "";
      failed.push({ message: String(error), beganAtMs, endedAtMs: performance.now(), replica });
    }
  };
  const begin = () => {
    const way = ways[begun % ways.length];
    if (way === undefined) return;
    const ending = call(way, begun).finally(() => running.delete(ending));
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
        isPiledUp = running.size >= callsPerSecond * maxRunningSeconds;
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

/** What a call asks. */
interface Asked {
  readonly user: string;
  readonly content: string;
  readonly temperature?: number;
}

/** Makes a call; the route is undefined where the answer has none. */
type Way = (
  asked: Asked,
  headers: Readonly<Record<string, string>>,
  onHeader: (headers: Headers) => void,
) => Promise<RouteReport | undefined>;

async function askOpenAi(
  baseUrl: string,
  { content, ...asked }: Asked & { readonly stream: boolean },
  headers: Readonly<Record<string, string>>,
  onHeader: (headers: Headers) => void,
): Promise<RouteReport> {
  const response = await fetch(`${baseUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({
      messages: [{ role: "user", content }],
      max_tokens: maxTokens,
      ...asked,
      meridian: { report: true },
    }),
  });
  onHeader(response.headers);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  const events = asked.stream ? text.trimEnd().split("\n\n") : [`data: ${text}`];
  if (asked.stream && events.pop() !== "data: [DONE]") throw new Error(`a stream without its end: ${text}`);
  const last: { readonly meridian: JsonValue } = JSON.parse(events.at(-1)?.replace("data: ", "") ?? "");
  return fromJson(RouteReportSchema, last.meridian);
}
