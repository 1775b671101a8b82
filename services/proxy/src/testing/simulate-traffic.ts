import { anonymous, type ChatCall, type HealthSnapshot, type RoutingPolicy } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { createEndpointLatency } from "@meridian/dispatch";
import { createTokenCounter, featuresOf, planRoute } from "@meridian/routing";
import { openVocabularyFile } from "../edge/vocabulary.js";
import { createSeededRandom } from "./seeded-random.js";
import { compileTestConfig } from "./start-test-proxy.js";

/** An endpoint of the simulation. Its times may change while calls run. */
export interface SimulatedEndpoint {
  probeMs: number;
  /** Until the first content of a stream; of each where it varies. */
  contentMs: number | (() => number);
}

/** Calls over simulated endpoints on a fake clock, each sent where the planner says first. */
export interface Traffic {
  /** Sends streams at a steady rate, and tells how many each endpoint was asked for; those under way go on. */
  run(seconds: number, callsPerSecond: number): Promise<Readonly<Record<string, number>>>;
}

const model = "gpt-4.1";
/** From the first content of a stream to its end. */
const restOfStreamMs = 400;

/** Simulates traffic over endpoints, given by name. */
export function simulateTraffic(endpoints: Readonly<Record<string, SimulatedEndpoint>>): Traffic {
  const clock = createFakeClock();
  const random = createSeededRandom(1);
  const counter = createTokenCounter(openVocabularyFile());
  const policy = policyOf(Object.keys(endpoints));
  const latency = createEndpointLatency(clock, (name) => endpoints[name]?.probeMs);
  const health: HealthSnapshot = {
    breaker: () => "closed",
    latencyMs: latency.expectedMs,
    inFlight: latency.inFlight,
    reachability: () => "reachable",
    isChecked: () => true,
  };
  const location = { country: "DEFAULT", source: "none", clientAddress: undefined };

  const send = (asked: Record<string, number>) => {
    const result = planRoute(featuresOf(call, policy, counter, "decided"), {
      location,
      policy,
      canaryPercentage: 0,
      rights: anonymous.rights,
      health,
      timeOfDayMs: 0,
      random,
    });
    const name = result.kind === "planned" ? (result.plan.candidates[0]?.endpoint.name ?? "") : "";
    const endpoint = endpoints[name];
    if (endpoint === undefined) throw new Error("no endpoint was planned");
    asked[name] = (asked[name] ?? 0) + 1;
    const timing = latency.began(name, model, "stream");
    const { contentMs } = endpoint;
    clock.schedule(typeof contentMs === "number" ? contentMs : contentMs(), () => {
      timing.contentArrived();
      clock.schedule(restOfStreamMs, timing.ended);
    });
  };

  return {
    async run(seconds, callsPerSecond) {
      const asked = Object.fromEntries(Object.keys(endpoints).map((name) => [name, 0]));
      for (let calls = seconds * callsPerSecond; calls > 0; calls -= 1) {
        send(asked);
        await clock.advance(1_000 / callsPerSecond);
      }
      return asked;
    },
  };
}

function policyOf(names: readonly string[]): RoutingPolicy {
  const credentials = 'credentials: [{ name: key, key: "${env:KEY}" }]';
  const list = names.map((name) => `{ name: ${name}, baseUrl: "http://${name}.example/v1", ${credentials} }`);
  return compileTestConfig(`endpoints: [${list.join(", ")}]`, { KEY: "sk-test-of-traffic" }).routing;
}

const call: ChatCall = {
  requestId: "request",
  model,
  body: {},
  texts: [""],
  question: "",
  temperature: undefined,
  maxTokens: undefined,
  choices: 1,
  user: "",
  routing: { tier: undefined, allowedModels: [], fallbacks: [], maxCostNanoUsd: undefined, commit: "first_token" },
};
