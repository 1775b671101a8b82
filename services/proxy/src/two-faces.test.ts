import type { JsonObject } from "@bufbuild/protobuf";
import type { RouteReport } from "@meridian/inference-client";
import { parseFault } from "@meridian/relay-simulator";
import { expect, test } from "vitest";
import { chatCalls } from "./testing/chat-calls.js";
import type { TestProxy } from "./testing/start-test-proxy.js";
import { askOpenAi, askService, type FaceOutcome, type Form } from "./testing/two-faces.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

/** One chat in the words of both faces. */
interface Row {
  readonly name: string;
  /** What is the same in both. */
  readonly chat: JsonObject;
  /** The contract's routing options; OpenAI's face has them as `meridian`. */
  readonly routing?: JsonObject;
  /** How OpenAI's face says the same, in place of `chat` and `routing`. */
  readonly openAi?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  /** Faults by the model they are for; "any": for all of them. */
  readonly faults?: Readonly<Record<string, string>>;
  /** What the route comes to, so that the two are not equal in nothing: "model outcome" of each attempt. */
  readonly attempts: readonly string[];
  /** The same where the answer is streamed. Default: `attempts`. */
  readonly streamedAttempts?: readonly string[];
  /** What else of the report is to be so. */
  readonly route?: Partial<RouteReport>;
}

const ask = (content: string, rest: JsonObject = {}): JsonObject => ({
  messages: [{ role: "user", content }],
  ...rest,
});
const haiku = ask("Write a haiku about the sea");
const pinned = { ...haiku, model: "gpt-4.1" };
const clock = { type: "function", function: { name: "clock", parameters: { type: "object" } } };

const words = ["Compare", "these"].map((text) => ({ type: "text", text }));

const rows: readonly Row[] = [
  { name: "auto, low", chat: ask("Which tag is this?"), attempts: ["deepseek-v3.2 ok"] },
  { name: "auto, medium", chat: { ...haiku, model: "auto" }, attempts: ["gemini-2.5-flash ok"] },
  { name: "auto, high", chat: ask("Explain the tides"), attempts: ["gpt-4.1 ok"] },
  { name: "a long prompt, partly cached", chat: ask("word ".repeat(1_500)), attempts: ["gpt-4.1 ok"] },
  { name: "pinned", chat: pinned, attempts: ["gpt-4.1 ok"] },
  { name: "an alias", chat: { ...haiku, model: "gpt-4o" }, attempts: ["gpt-4.1 ok"] },
  {
    name: "a question in parts",
    chat: { messages: [{ role: "user", parts: words }] },
    openAi: { messages: [{ role: "user", content: words }] },
    attempts: ["gpt-4.1 ok"],
  },
  { name: "a forced tier", chat: haiku, routing: { tier: "low" }, attempts: ["deepseek-v3.2 ok"] },
  {
    name: "max_cost leaves the dear models out",
    chat: ask("Explain the tides"),
    routing: { max_cost_nano_usd: "2000000" },
    attempts: ["gemini-2.5-flash ok"],
  },
  {
    name: "allowed models",
    chat: haiku,
    routing: { allowed_models: ["claude-sonnet-4.5"] },
    attempts: ["claude-sonnet-4.5 ok"],
  },
  {
    name: "from Korea",
    chat: haiku,
    headers: { "cf-ipcountry": "KR" },
    attempts: ["gemini-2.5-flash ok"],
    route: { country: "KR" },
  },
  {
    name: "from Indonesia",
    chat: haiku,
    headers: { "x-vercel-ip-country": "ID" },
    route: { country: "ID" },
    attempts: ["deepseek-v3.2 ok"],
  },
  {
    name: "by an address",
    chat: haiku,
    headers: { "cf-connecting-ip": "168.126.63.1" },
    route: { country: "KR", countrySource: "ip_database" },
    attempts: ["gemini-2.5-flash ok"],
  },
  {
    name: "a user of the canary",
    chat: { ...haiku, user: "user-1" },
    route: { cohort: "canary" },
    attempts: ["gemini-2.5-flash ok"],
  },
  {
    name: "a user of the baseline",
    chat: { ...haiku, user: "user-2" },
    route: { cohort: "baseline" },
    attempts: ["gemini-2.5-flash ok"],
  },
  {
    name: "tools",
    chat: { ...haiku, tools: [clock], tool_choice: "required" },
    attempts: ["gemini-2.5-flash ok"],
  },
  { name: "several choices", chat: { ...haiku, n: 3, max_tokens: 9 }, attempts: ["gemini-2.5-flash ok"] },
  { name: "reasoning", chat: { ...pinned, reasoning_effort: "low" }, attempts: ["gpt-4.1 ok"] },
  {
    name: "no usage told",
    chat: pinned,
    faults: { any: "no-usage" },
    attempts: ["gpt-4.1 ok"],
    route: { costSource: "estimated" },
  },
  {
    name: "a first attempt that fails",
    chat: haiku,
    faults: { "gemini-2.5-flash": "status-503" },
    attempts: ["gemini-2.5-flash overloaded", "gemini-2.5-flash overloaded", "gpt-4.1 ok"],
  },
  ...[
    { model: "gpt-4.1,deepseek-v3.2" },
    { model: "gpt-4.1", models: ["deepseek-v3.2"] },
    { model: "gpt-4.1", fallbacks: ["deepseek-v3.2"] },
    { model: "gpt-4.1", meridian: { fallbacks: ["deepseek-v3.2"] } },
  ].map((named) => ({
    name: `pinned with fallbacks as ${JSON.stringify(named)}`,
    chat: pinned,
    routing: { fallbacks: ["deepseek-v3.2"] },
    openAi: { ...haiku, ...named },
    faults: { "gpt-4.1": "status-404" },
    attempts: ["gpt-4.1 model_missing", "deepseek-v3.2 ok"],
  })),
  {
    name: "a model at its limit",
    chat: haiku,
    faults: { "gemini-2.5-flash": "status-429" },
    attempts: [...Array<string>(3).fill("gemini-2.5-flash rate_limited"), "gpt-4.1 ok"],
  },
  {
    name: "a stream that is late, and then a whole answer",
    chat: pinned,
    faults: { any: "slow-first-token;delay=1100" },
    attempts: ["gpt-4.1 ok"],
    streamedAttempts: ["gpt-4.1 first_token_limit", "gpt-4.1 ok"],
  },
  {
    name: "nobody answers",
    chat: pinned,
    faults: { any: "status-503" },
    attempts: ["gpt-4.1 overloaded", "gpt-4.1 overloaded"],
  },
  {
    name: "a call that may be rescued",
    chat: pinned,
    routing: { fallbacks: ["deepseek-v3.2"], commit: "buffered" },
    faults: { "gpt-4.1": "cut;after=5" },
    attempts: ["gpt-4.1 stream_truncated", "deepseek-v3.2 ok"],
  },
];

const yaml = (relayBaseUrl: string) => `
dispatch:
  limits: { firstTokenMs: 1000 }
  retry: { backoff: { baseMs: 10, maxMs: 2000 }, budget: { floor: 1000 } }
  breaker: { consecutiveFailures: 1000, minimumCalls: 1000000 }
probe: { intervalMs: 3600000 }
routing: { canary: { percentage: 50 }, aliases: { gpt-4o: gpt-4.1 } }
endpoints:
  - name: tokyo
    baseUrl: ${relayBaseUrl}
    credentials:
      - { name: main, cohort: baseline, key: "\${env:TEST_RELAY_KEY}" }
      - { name: next, cohort: canary, key: "\${env:TEST_RELAY_KEY}" }
`;

/** A proxy for each face: both have the same behind them, and the same chance. */
const options = { yaml, random: () => 0.5 };
const serviceProxy = useTestProxy(options);
const frontProxy = useTestProxy(options);

/** What a chat comes to, whole and then streamed, and what the relay got of it. */
async function outcomesOf({ relay }: TestProxy, { faults = {} }: Row, ask: (form: Form) => Promise<FaceOutcome>) {
  relay.reset();
  relay.setFaults(
    Object.entries(faults).map(([model, fault]) => ({
      fault: parseFault(fault),
      ...(model === "any" ? {} : { model }),
    })),
  );
  const whole = await ask("whole");
  const streamed = await ask("streamed");
  const relayed = chatCalls(relay).map(({ body, headers }) => ({ body, country: headers["x-edge-region"] }));
  return { whole, streamed, relayed };
}

test.for(rows)("both faces say the same of $name", async (row) => {
  const { chat, routing = {}, openAi = { ...chat, meridian: routing }, headers = {} } = row;
  const { attempts, streamedAttempts = attempts } = row;
  const [service, front] = await Promise.all([
    outcomesOf(serviceProxy(), row, (form) => askService(serviceProxy(), form, { ...chat, routing }, headers)),
    outcomesOf(frontProxy(), row, (form) => askOpenAi(frontProxy(), form, openAi, headers)),
  ]);
  expect(front).toEqual(service);
  expect([service.whole, service.streamed].map(({ route }) => attemptsOf(route))).toEqual([attempts, streamedAttempts]);
  expect(service.whole.route).toMatchObject(row.route ?? {});
});

function attemptsOf({ attempts }: RouteReport): readonly string[] {
  return attempts.map(({ model, outcome }) => `${model} ${outcome}`);
}
