import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AdminService } from "@meridian/admin-proto";
import { type ChatRequestInit, createInferenceClient, user } from "@meridian/inference-client";
import { ask } from "./ask.js";
import { startTestProxy, type TestProxy } from "./start-test-proxy.js";

/** What the console of this proxy is opened with. */
export const consoleToken = "the-admin-token-of-this-test";

const regionLatencyMs = { ID: 5, VN: 30, KR: 70, SG: 3, US: 120 };
const models = [
  { id: "gpt-4.1", latencyMs: 40, tokensPerSecond: 1_500, regionLatencyMs },
  { id: "claude-sonnet-4.5", latencyMs: 50, tokensPerSecond: 1_500, regionLatencyMs },
  { id: "gemini-2.5-flash", latencyMs: 20, tokensPerSecond: 1_500, regionLatencyMs },
  { id: "deepseek-v3.2", latencyMs: 10, tokensPerSecond: 1_500, regionLatencyMs },
];

/** Three regional relays, one of which nobody answers at, and a canary that is moved by hand. */
const yamlOf = (relayBaseUrl: string) => `
admin: { token: "\${env:ADMIN_TOKEN}" }
endpoints:
  - { name: singapore, region: Asia, baseUrl: "${relayBaseUrl}", credentials: &keys [{ name: current, key: "\${env:TEST_RELAY_KEY}" }] }
  - { name: frankfurt, region: Europe, baseUrl: "${relayBaseUrl}", models: [gpt-4.1, gemini-2.5-flash], credentials: *keys }
  - { name: sydney, region: Oceania, baseUrl: "http://127.0.0.1:9/v1", models: [gemini-2.5-flash], credentials: *keys }
routing:
  canary: { name: deepseek-for-gemini, models: { gemini-2.5-flash: deepseek-v3.2 }, rollout: {} }
dispatch:
  retry: { backoff: { baseMs: 5, maxMs: 30 } }
probe: { intervalMs: 1000, timeoutMs: 500 }
`;

/** A proxy with a past. */
export interface ConsoleProxy extends TestProxy {
  /** Sends mixed calls, some of which fail, at the times of the last quarter of an hour. */
  playHistory(): Promise<void>;
}

/** Starts a proxy whose time of day the history moves: a quarter of an hour takes seconds. */
export async function startConsoleProxy(): Promise<ConsoleProxy> {
  let behindMs = steps * stepMs;
  const proxy = await startTestProxy({
    yaml: yamlOf,
    environment: { ADMIN_TOKEN: consoleToken },
    relay: { models },
    timeOfDayMs: () => Date.now() - behindMs,
  });
  return {
    ...proxy,
    async playHistory() {
      const client = createInferenceClient({ baseUrl: proxy.proxy.url });
      const admin = adminOf(proxy);
      for (let step = 0; step < steps; step += 1) {
        proxy.relay.setFaults(faultsAt(step));
        const percentage = canaryAt.get(step);
        if (percentage !== undefined) await admin.setCanary({ percentage, reason: "no complaints so far" });
        const calls = Array.from({ length: callsAt(step) }, (_, index) => step * 31 + index);
        await Promise.all(
          calls.map((number) =>
            ask(client, number % 3 === 0 ? "Chat" : "StreamChat", requestOf(number), {
              headers: { "cf-ipcountry": countryOf(number) },
            }),
          ),
        );
        behindMs -= stepMs;
      }
      behindMs = 0;
      client.close();
    },
  };
}

const steps = 30;
const stepMs = 30_000;
const canaryAt = new Map([
  [6, 10],
  [14, 25],
  [21, 50],
]);

function callsAt(step: number): number {
  return Math.round(10 + 4 * Math.sin(step / 4) + (step % 4));
}

/** The dearest model is away for good; another is short of room, and cuts streams, for a while. */
function faultsAt(step: number) {
  const away = { fault: { kind: "status", status: 503 }, model: "claude-sonnet-4.5" } as const;
  if (step < 18 || step > 26) return [away];
  const room = { fault: { kind: "status", status: 429 }, model: "gpt-4.1", times: 5 } as const;
  const cut = { fault: { kind: "cut", afterTokens: 8 }, model: "gemini-2.5-flash", stream: true, times: 2 } as const;
  return [away, room, cut];
}

function countryOf(number: number): string {
  return ["ID", "ID", "ID", "VN", "VN", "KR", "SG", "US"][(number * 7) % 8] ?? "ID";
}

const prompts = [
  "Find a similar category for these shoes",
  "Which tag goes with this picture?",
  "Write a line about the harbour of Jakarta",
  "Write a line about the rain in Seoul",
  "Explain why the sky is blue",
];

function requestOf(number: number): ChatRequestInit {
  const prompt = prompts[number % prompts.length] ?? "";
  const common = { messages: [user(prompt)], user: `user-${number % 97}` };
  if (number % 29 === 0) return { ...common, model: "claude-sonnet-4.5" };
  return number % 41 === 0 ? { ...common, model: "no-such-model" } : common;
}

function adminOf({ proxy }: TestProxy) {
  const transport = createConnectTransport({
    baseUrl: proxy.adminUrl,
    httpVersion: "1.1",
    interceptors: [
      (next) => (request) => {
        request.header.set("authorization", `Bearer ${consoleToken}`);
        return next(request);
      },
    ],
  });
  return createClient(AdminService, transport);
}
