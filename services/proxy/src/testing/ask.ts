import {
  type CallOptions,
  type ChatRequestInit,
  collect,
  type InferenceClient,
  InferenceError,
  type RouteReport,
  type StreamChatResponse,
} from "@meridian/inference-client";

/** The two ways to ask for an answer. */
export type Rpc = "Chat" | "StreamChat";

/** What a call came to, in words that a table can hold. */
export interface Outcome {
  /** "ok", or the Connect code. */
  readonly code: string;
  /** Of the error's detail; empty for an answer. */
  readonly reason: string;
  readonly relayMessage: string;
  readonly retryDelayMs: number | undefined;
  /** Of choice 0; empty for an error. */
  readonly text: string;
  readonly finishReason: string;
  /** "reported" or "estimated"; empty where there is no usage. */
  readonly usageSource: string;
  readonly completionTokens: number;
  /** The kinds of the stream's events in order, equal neighbours once. Empty for Chat. */
  readonly events: readonly string[];
  readonly route: RouteReport | undefined;
  readonly durationMs: number;
}

/** Makes a call and tells what came of it. Rejects only where the client throws something that is no `InferenceError`. */
export async function ask(
  client: InferenceClient,
  rpc: Rpc,
  request: ChatRequestInit,
  options: CallOptions = {},
): Promise<Outcome> {
  const startedMs = performance.now();
  const events: string[] = [];
  try {
    const answer =
      rpc === "Chat"
        ? await client.chat(request, options)
        : await collect(noted(client.streamChat(request, options), events));
    const [choice] = answer.choices;
    return {
      ...nothing,
      code: "ok",
      text: choice?.message?.content ?? "",
      finishReason: choice?.finishReason ?? "",
      usageSource: answer.usage?.source ?? "",
      completionTokens: answer.usage?.completionTokens ?? 0,
      events,
      route: answer.route,
      durationMs: performance.now() - startedMs,
    };
  } catch (error) {
    if (!(error instanceof InferenceError)) throw error;
    const { code, reason, relayMessage, retryDelayMs, route } = error;
    const durationMs = performance.now() - startedMs;
    return { ...nothing, code, reason, relayMessage, retryDelayMs, events, route, durationMs };
  }
}

/** The attempts of a report, each as "model transport outcome". */
export function attemptsOf(route: RouteReport | undefined): readonly string[] {
  return (route?.attempts ?? []).map(({ model, transport, outcome }) => `${model} ${transport} ${outcome}`);
}

const nothing = {
  reason: "",
  relayMessage: "",
  retryDelayMs: undefined,
  text: "",
  finishReason: "",
  usageSource: "",
  completionTokens: 0,
};

async function* noted(stream: AsyncIterable<StreamChatResponse>, events: string[]) {
  for await (const response of stream) {
    const kind = response.event.case ?? "unknown";
    if (events.at(-1) !== kind) events.push(kind);
    yield response;
  }
}
