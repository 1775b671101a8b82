import { type ChatRequestInit, createInferenceClient, type InferenceClient, user } from "@meridian/inference-client";
import type { FaultRule, ReceivedCall, RelaySimulator } from "@meridian/relay-simulator";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { ask } from "./ask.js";
import { shortLimits } from "./short-limits.js";
import { startTestProxy, type TestProxy, type TestProxyOptions } from "./start-test-proxy.js";

/** Connections that a proxy keeps for the next call: that of the calls, and that of the probe. */
const maxIdleSockets = 2;

/** What carries a test's calls. */
export const protocols = ["connect over HTTP/1.1", "connect over HTTP/2", "grpc"] as const;

/** One of `protocols`. */
export type Protocol = (typeof protocols)[number];

/** The model that `twoModels` asks first. */
export const firstModel: string = "gpt-4.1";
/** The one that it falls back to, whose context window is larger. */
export const secondModel: string = "gemini-2.5-flash";

/** A call that may go to two models. */
export const twoModels = {
  model: firstModel,
  messages: [user("Tell me about the weather in Jakarta")],
  routing: { fallbacks: [secondModel] },
} satisfies ChatRequestInit;

/** A proxy and a relay that misbehaves, for the tests of a file. Only to be used inside of tests. */
export interface FaultProxy {
  readonly test: TestProxy;
  readonly relay: RelaySimulator;
  readonly clients: Readonly<Record<Protocol, InferenceClient>>;
  /** What a model answers to `twoModels` when nothing is wrong. */
  wholeText(model: string): string;
  /** Forgets the relay's calls and gives it new rules. */
  misbehave(...rules: readonly FaultRule[]): void;
  /** What the relay was asked to answer, oldest first. */
  asked(): readonly ReceivedCall[];
  /** The gauge `meridian_calls_in_flight`, all RPCs together. */
  callsInFlight(): Promise<number>;
  /**
   * Waits until no call runs, nothing is being answered, no connection is open but idle ones, and no timer is set but those
   * that were before the first call; fails after 2 s.
   */
  settled(): Promise<void>;
}

/**
 * Starts a proxy with short limits, or with `yaml` in their place, before the tests of a file. After them nothing may be
 * open, no error may have escaped, and the proxy may have logged no fault of its own.
 */
export function useFaultProxy(options: TestProxyOptions = {}): FaultProxy {
  let running: TestProxy | undefined;
  let clients: FaultProxy["clients"] | undefined;
  let idleTimers = 0;
  const texts = new Map<string, string>();
  const escaped: unknown[] = [];
  const onEscaped = (error: unknown) => escaped.push(error);

  const started = (): TestProxy => {
    if (running === undefined) throw new Error("the proxy runs only during tests");
    return running;
  };
  const callsInFlight = async () => {
    const text = await (await fetch(`${started().proxy.adminUrl}/metrics`)).text();
    return text
      .split("\n")
      .filter((line) => line.startsWith("meridian_calls_in_flight{"))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  };
  const settled = () =>
    vi.waitFor(
      async () => {
        const { relay, pendingTimers } = started();
        const calls = await callsInFlight();
        const sockets = relay.openSockets();
        expect({ calls, answers: relay.openAnswers(), sockets, timers: pendingTimers() }).toEqual({
          calls: 0,
          answers: 0,
          sockets: Math.min(sockets, maxIdleSockets),
          timers: idleTimers,
        });
      },
      { timeout: 2_000, interval: 5 },
    );

  beforeAll(async () => {
    process.on("unhandledRejection", onEscaped);
    process.on("uncaughtExceptionMonitor", onEscaped);
    running = await startTestProxy({ yaml: shortLimits, ...options });
    // Those of the probes: one for each endpoint, until its answer and then until the next probe.
    idleTimers = running.pendingTimers();
    const baseUrl = running.proxy.url;
    clients = {
      "connect over HTTP/1.1": createInferenceClient({ baseUrl, httpVersion: "1.1" }),
      "connect over HTTP/2": createInferenceClient({ baseUrl }),
      grpc: createInferenceClient({ baseUrl, protocol: "grpc" }),
    };
    // The first call of a process loads and compiles much; its time is not to be held against a limit.
    for (const client of Object.values(clients))
      for (const rpc of ["Chat", "StreamChat"] as const)
        for (const model of [firstModel, secondModel])
          texts.set(model, (await ask(client, rpc, { ...twoModels, model })).text);
  });

  afterAll(async () => {
    const { proxy, relay, log } = started();
    for (const client of Object.values(clients ?? {})) client.close();
    proxy.hurry();
    await proxy.stop();
    await vi.waitFor(() =>
      expect({ sockets: relay.openSockets(), answers: relay.openAnswers() }).toEqual({ sockets: 0, answers: 0 }),
    );
    await relay.close();
    process.off("unhandledRejection", onEscaped);
    process.off("uncaughtExceptionMonitor", onEscaped);
    expect(escaped).toEqual([]);
    expect(log.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
  });

  return {
    get test() {
      return started();
    },
    get relay() {
      return started().relay;
    },
    get clients() {
      if (clients === undefined) throw new Error("the clients exist only during tests");
      return clients;
    },
    wholeText: (model) => texts.get(model) || "no answer",
    misbehave(...rules) {
      started().relay.reset();
      started().relay.setFaults(rules);
    },
    asked: () => started().relay.calls.filter(({ method }) => method === "POST"),
    callsInFlight,
    settled,
  };
}
