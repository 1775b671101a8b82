import {
  type CallOptions,
  type ChatRequestInit,
  type ExplainRouteResponse,
  InferenceError,
  type RouteReport,
  user,
} from "@meridian/inference-client";
import { useEffect, useRef, useState } from "preact/hooks";
import { inferenceClient } from "../data/clients.js";

/** What is asked. */
export interface Question {
  readonly prompt: string;
  /** ISO 3166-1 alpha-2; empty: none is known. */
  readonly country: string;
  /** Empty: Meridian chooses. */
  readonly model: string;
  /** Empty: Meridian decides. */
  readonly tier: string;
  readonly isStreamed: boolean;
}

/** How a chat stands. */
export interface ChatState {
  readonly phase: "idle" | "asking" | "answering" | "answered" | "failed" | "stopped";
  readonly text: string;
  /** Where it was planned to go, as soon as it is known. */
  readonly plan: ExplainRouteResponse | undefined;
  /** Where it went so far. */
  readonly route: RouteReport | undefined;
  readonly error: InferenceError | undefined;
  readonly firstTokenMs: number | undefined;
  readonly durationMs: number | undefined;
  /** How often the answer began again. */
  readonly restarts: number;
}

/** A chat with Meridian, one at a time. */
export interface Chat {
  readonly state: ChatState;
  ask(question: Question): void;
  stop(): void;
}

const idle: ChatState = {
  phase: "idle",
  text: "",
  plan: undefined,
  route: undefined,
  error: undefined,
  firstTokenMs: undefined,
  durationMs: undefined,
  restarts: 0,
};
const timeoutMs = 120_000;

/** Chats through the same client as any other page. `onEnded` hears of every end. */
export function useChat(onEnded: () => void): Chat {
  const [state, setState] = useState(idle);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const ask = async (question: Question) => {
    const call = new AbortController();
    running.current?.abort();
    running.current = call;
    const startedMs = performance.now();
    const elapsedMs = () => performance.now() - startedMs;
    const update = (change: (before: ChatState) => Partial<ChatState>) => {
      if (running.current === call) setState((before) => ({ ...before, ...change(before) }));
    };
    setState({ ...idle, phase: "asking" });
    const request = requestOf(question);
    const headers = question.country === "" ? {} : { "cf-ipcountry": question.country };
    const options: CallOptions = { headers, signal: call.signal, timeoutMs };
    // What it says is drawn as soon as it comes; a chat that is refused is refused here too, and says why itself.
    inferenceClient.explainRoute(request, options).then(
      (plan) => update(() => ({ plan })),
      () => {},
    );
    try {
      const events = question.isStreamed ? streamed(request, options) : whole(request, options);
      for await (const { text, route, isRestart } of events) {
        update((before) => ({
          phase: "answering",
          text: isRestart ? "" : before.text + text,
          route: route ?? before.route,
          restarts: before.restarts + (isRestart ? 1 : 0),
          firstTokenMs: before.firstTokenMs ?? (text === "" ? undefined : elapsedMs()),
        }));
      }
      update(() => ({ phase: "answered", durationMs: elapsedMs() }));
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
      const phase = call.signal.aborted ? "stopped" : "failed";
      update(({ route }) => ({ phase, error, route: error.route ?? route, durationMs: elapsedMs() }));
    }
    onEnded();
  };

  return { state, ask: (question) => void ask(question), stop: () => running.current?.abort() };
}

/** A cut stream may begin again: the page can take back what it has shown. */
function requestOf({ prompt, model, tier, isStreamed }: Question): ChatRequestInit {
  return { model, messages: [user(prompt)], routing: { tier, commit: isStreamed ? "restart" : "" } };
}

/** What has come of an answer since the last time. */
interface Piece {
  readonly text: string;
  readonly route?: RouteReport | undefined;
  /** All text before is void. */
  readonly isRestart?: boolean;
}

async function* streamed(request: ChatRequestInit, options: CallOptions): AsyncGenerator<Piece> {
  for await (const { event } of inferenceClient.streamChat(request, options)) {
    if (event.case === "start") yield { text: "", route: event.value.route };
    else if (event.case === "textDelta") yield { text: event.value.text };
    else if (event.case === "restart") yield { text: "", route: event.value.route, isRestart: true };
    else if (event.case === "end") yield { text: "", route: event.value.route };
  }
}

async function* whole(request: ChatRequestInit, options: CallOptions): AsyncGenerator<Piece> {
  const { choices, route } = await inferenceClient.chat(request, options);
  yield { text: choices[0]?.message?.content ?? "", route };
}
