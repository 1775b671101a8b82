import {
  type ChatRequestInit,
  type InferenceClient,
  InferenceError,
  type RouteReport,
  user,
} from "@meridian/inference-client";
import { createSeededRandom } from "./seeded-random.js";
import { keyOf } from "./tenant-calls.js";

/** The tenants of the mix, each with a key of its own. */
export const mixTenants = ["ads", "search", "shop"] as const;

/** What goes wrong with a model of the mix, as the simulator's suffix has it. */
const faults = {
  "m-overloaded": "status-503",
  "m-limited": "status-429",
  "m-rejected": "status-400",
  "m-cut": "cut;after=8",
  "m-stalled": "stall;after=4",
  "m-malformed": "malformed-event;after=3",
  "m-uncounted": "no-usage",
  "m-unended": "no-finish-reason",
} as const;

/** A model that takes its time, so that who leaves its answer leaves it in the middle. */
const slowModel = "deepseek-v3.2";

/** The models of the relay behind the mix. */
export const mixedRelayModels = [
  { id: "gpt-4.1" },
  { id: "gemini-2.5-flash" },
  { id: slowModel, tokensPerSecond: 300 },
] as const;

const price = (input: number, cachedInput: number, output: number, reasoning: number) => ({
  inputUsdPerMillionTokens: input,
  cachedInputUsdPerMillionTokens: cachedInput,
  outputUsdPerMillionTokens: output,
  reasoningUsdPerMillionTokens: reasoning,
});

/** The configuration of a mix: odd prices, so that a cost that is rounded elsewhere shows. */
export function mixedConfig(keyFile: string, ledgerFile: string): object {
  const limits = { headersMs: 2_000, firstTokenMs: 2_000, idleMs: 150, unaryMs: 800, streamMs: 5_000 };
  const retry = { backoff: { baseMs: 1, maxMs: 20 }, budget: { floor: 1_000_000 } };
  const breaker = { consecutiveFailures: 1_000, minimumCalls: 1_000_000, openMs: 1, accountOpenMs: 1 };
  const broken = Object.entries(faults).map(([id, fault]) => [
    id,
    {
      upstreamName: `gpt-4.1+${fault}`,
      contextWindowTokens: 1_000_000,
      prices: price(1.000000007, 0.3, 3.333333331, 2.777777773),
    },
  ]);
  return {
    auth: { apiKeys: { file: keyFile } },
    tenants: Object.fromEntries(mixTenants.map((tenant) => [tenant, {}])),
    ledger: { file: ledgerFile, flushMs: 50 },
    models: {
      ...Object.fromEntries(broken),
      "gpt-4.1": {
        prices: [price(2, 0.5, 8, 9.000000001), { validFrom: "2020-01-01", ...price(2.1, 0.7, 8.3, 11.7) }],
      },
      "gemini-2.5-flash": { prices: price(0.3, 0.075, 2.5, 3.500000001), requestsPerMinute: null },
      "deepseek-v3.2": { prices: price(0.28, 0.028, 0.42, 0.42), requestsPerMinute: null },
    },
    dispatch: { limits, retry, breaker },
    probe: { intervalMs: 3_600_000 },
    // Callers, relay and proxy are one process here, whose turns are long.
    server: { overload: { targetDelayMs: 1_000 } },
  };
}

/** How many calls there are. */
export interface MixedCallsOptions {
  readonly count: number;
  readonly concurrency: number;
  readonly goesOn?: () => boolean;
}

/** A call that has ended, as its caller saw it. */
export interface MixedCall {
  readonly requestId: string;
  readonly tenant: string;
  /** Undefined: the caller left, or the error came without one. */
  readonly route: RouteReport | undefined;
}

/** Makes `count` calls, `concurrency` at once: the same ones in every run. `goesOn` is asked before each. */
export async function makeMixedCalls(
  client: InferenceClient,
  { count, concurrency, goesOn = () => true }: MixedCallsOptions,
): Promise<readonly MixedCall[]> {
  const calls: MixedCall[] = [];
  let begun = 0;
  const caller = async () => {
    while (begun < count && goesOn()) {
      begun += 1;
      // Neighbouring seeds would begin with neighbouring numbers.
      const random = createSeededRandom(Math.imul(begun, 2_654_435_761));
      const requestId = `mixed-${begun}`;
      const tenant = pick(mixTenants, random);
      calls.push({ requestId, tenant, route: await makeCall(client, requestId, tenant, random) });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  return calls;
}

async function makeCall(client: InferenceClient, requestId: string, tenant: string, random: () => number) {
  const leaving = new AbortController();
  const isStream = random() < 0.5;
  const isLeft = random() < 0.1;
  const request = { ...anyRequest(random), ...(isLeft ? { model: slowModel, maxTokens: 60 } : {}) };
  const leavesAfter = Math.floor(random() * 30);
  const headers = {
    "x-request-id": requestId,
    authorization: `Bearer ${keyOf(tenant)}`,
    "cf-ipcountry": pick(["ID", "VN", "KR", "SG", "BR"], random),
  };
  const options = { headers, signal: leaving.signal, ...(random() < 0.02 ? { timeoutMs: 5 } : {}) };
  try {
    if (!isStream) {
      if (isLeft) setTimeout(() => leaving.abort(), leavesAfter);
      return (await client.chat(request, options)).route;
    }
    let events = 0;
    for await (const { event } of client.streamChat(request, options)) {
      if (event.case === "end") return event.value.route;
      events += 1;
      if (isLeft && events > leavesAfter) leaving.abort();
    }
    throw new Error("a stream without an end");
  } catch (error) {
    if (!(error instanceof InferenceError)) throw error;
    return error.route;
  }
}

/** A fifth of the prompts are long enough for the relay to have them cached in part. */
function anyRequest(random: () => number): ChatRequestInit {
  const models = ["auto", "auto", "gpt-4.1", "gemini-2.5-flash", "deepseek-v3.2", ...Object.keys(faults)];
  const question = pick(["Find a similar category", "Explain the weather in Jakarta", "Tell me a story"], random);
  const long = random() < 0.2 ? ` ${"All that was said before. ".repeat(160 + Math.floor(random() * 40))}` : "";
  return {
    model: pick(models, random),
    messages: [user(`${question}${long}`)],
    maxTokens: 5 + Math.floor(random() * 20),
    routing: {
      commit: pick(["first_token", "restart", "buffered"], random),
      fallbacks: random() < 0.7 ? ["gemini-2.5-flash"] : [],
    },
    ...(random() < 0.3 ? { reasoningEffort: "low" } : {}),
  };
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}
