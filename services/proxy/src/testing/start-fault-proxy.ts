import { createInferenceClient, type InferenceClient } from "@meridian/inference-client";
import type { FaultRule, ReceivedCall, RelaySimulator } from "@meridian/relay-simulator";
import { expect, vi } from "vitest";
import { ask } from "./ask.js";
import { startTestProxy, type TestProxy, type TestProxyOptions } from "./start-test-proxy.js";
import { firstModel, secondModel, twoModels } from "./two-models.js";

/** Connections that a proxy keeps for the next call: that of the calls, and that of the probe. */
const maxIdleSockets = 2;

/**
 * For how long idle connections are kept, in milliseconds. Where a core is missing for a moment, a call opens one more than
 * usual: it goes once it has been idle for so long, and one that was forgotten does not.
 */
const keepAliveMs = 3_000;

/** What carries a test's calls. */
export const protocols = ["connect over HTTP/1.1", "connect over HTTP/2", "grpc"] as const;

/** One of `protocols`. */
export type Protocol = (typeof protocols)[number];

/** A proxy and a relay that misbehaves. */
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
  /** The sum of a metric over its labels, those lines alone that have all of `labels`, such as `model="gpt-4.1"`. */
  metric(name: string, ...labels: readonly string[]): Promise<number>;
  /** The gauge `meridian_calls_in_flight`, all RPCs together. */
  callsInFlight(): Promise<number>;
  /**
   * Waits until no call runs, nothing is being answered, no connection is open but `spareSockets` more than idle ones, and
   * no timer is set but those that were before the first call; fails after about 6 s.
   */
  settled(spareSockets?: number): Promise<void>;
}

/** One that whoever has started it also stops. */
export interface StartedFaultProxy extends FaultProxy {
  /** Stops both. Fails where something is left open, an error has escaped, or the proxy has logged a fault of its own. */
  stop(): Promise<void>;
}

/** Starts a proxy with a relay behind it, and makes one call of each kind, so that what is loaded late is loaded. */
export async function startFaultProxy(options: TestProxyOptions): Promise<StartedFaultProxy> {
  const escaped: unknown[] = [];
  const onEscaped = (error: unknown) => escaped.push(error);
  process.on("unhandledRejection", onEscaped);
  process.on("uncaughtExceptionMonitor", onEscaped);
  const test = await startTestProxy({ ...options, relay: { keepAliveMs, ...options.relay } });
  const { proxy, relay, log } = test;
  // Those of the probes: one for each endpoint, until its answer and then until the next probe.
  const idleTimers = test.pendingTimers();
  const baseUrl = proxy.url;
  const clients = {
    "connect over HTTP/1.1": createInferenceClient({ baseUrl, httpVersion: "1.1" }),
    "connect over HTTP/2": createInferenceClient({ baseUrl }),
    grpc: createInferenceClient({ baseUrl, protocol: "grpc" }),
  };
  const texts = new Map<string, string>();
  for (const client of Object.values(clients))
    for (const rpc of ["Chat", "StreamChat"] as const)
      for (const model of [firstModel, secondModel])
        texts.set(model, (await ask(client, rpc, { ...twoModels, model })).text);

  const metric = async (name: string, ...labels: readonly string[]) => {
    const text = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
    return text
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  };
  const callsInFlight = () => metric("meridian_calls_in_flight");

  return {
    test,
    relay,
    clients,
    wholeText: (model) => texts.get(model) || "no answer",
    misbehave(...rules) {
      relay.reset();
      relay.setFaults(rules);
    },
    asked: () => relay.calls.filter(({ method }) => method === "POST"),
    metric,
    callsInFlight,
    async settled(spareSockets = 0) {
      await vi.waitFor(
        async () => {
          const calls = await callsInFlight();
          const sockets = relay.openSockets();
          expect({ calls, answers: relay.openAnswers(), sockets }).toEqual({
            calls: 0,
            answers: 0,
            sockets: Math.min(sockets, maxIdleSockets + spareSockets),
          });
        },
        { timeout: 2 * keepAliveMs, interval: 5 },
      );
      // Soon: one that nobody has canceled would fire some time, and be gone.
      await vi.waitFor(() => expect(test.pendingTimers()).toBe(idleTimers), { timeout: 200, interval: 5 });
    },
    async stop() {
      for (const client of Object.values(clients)) client.close();
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
    },
  };
}
