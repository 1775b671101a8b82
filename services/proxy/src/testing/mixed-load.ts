import { createInferenceClient, type RouteReport, user } from "@meridian/inference-client";
import { ask, type Outcome, type Rpc } from "./ask.js";
import { keyOf } from "./tenant-calls.js";

/** A call of the load, and what came of it. */
export interface LoadedCall extends Outcome {
  readonly rpc: Rpc;
  readonly country: string;
  readonly tenant: string;
}

/** What a load is made of. */
export interface MixedLoad {
  readonly url: string;
  /** What `cf-ipcountry` says, in turn. */
  readonly countries: readonly string[];
  /** Whose key is shown, in turn. */
  readonly tenants: readonly string[];
  readonly calls: number;
  readonly callers: number;
}

/** The models of the load that are not in the catalogue: one whose relay fails, and one whose streams are cut. */
export const failingModels = { broken: "gpt-4.1+status-503", cut: "gpt-4.1+cut;after=5" } as const;

/**
 * Makes calls over gRPC and over Connect, whole and streamed, most of them routed; some are pinned to a model that fails, with
 * a fallback and without, and some streams are cut and begin anew.
 */
export async function makeMixedLoad({ url, countries, tenants, calls, callers }: MixedLoad): Promise<LoadedCall[]> {
  const clients = [
    createInferenceClient({ baseUrl: url, protocol: "grpc" }),
    createInferenceClient({ baseUrl: url, httpVersion: "1.1" }),
  ] as const;
  const made: LoadedCall[] = [];
  let begun = 0;
  const caller = async () => {
    while (begun < calls) {
      const index = begun;
      begun += 1;
      const kind = kinds[index % kinds.length] ?? "routed";
      const rpc: Rpc = kind === "cut" || Math.floor(index / 3) % 2 === 0 ? "StreamChat" : "Chat";
      const country = countries[index % countries.length] ?? "";
      const tenant = tenants[Math.floor(index / 2) % tenants.length] ?? "";
      const client = clients[Math.floor(index / 5) % 2] ?? clients[0];
      const headers = { "cf-ipcountry": country, authorization: `Bearer ${keyOf(tenant)}` };
      const outcome = await ask(client, rpc, requests[kind], { headers });
      made.push({ ...outcome, rpc, country, tenant });
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  for (const client of clients) client.close();
  return made;
}

/** What the attempts of calls have cost, in nano-USD, by model. */
export function costByModel(routes: readonly (RouteReport | undefined)[]): Readonly<Record<string, number>> {
  const costs: Record<string, number> = {};
  for (const { model, costNanoUsd } of routes.flatMap((route) => route?.attempts ?? []))
    costs[model] = (costs[model] ?? 0) + Number(costNanoUsd);
  return Object.fromEntries(Object.entries(costs).filter(([, cost]) => cost > 0));
}

type Kind = "routed" | "hard" | "falling" | "failing" | "cut";

/** One after the other; their number shares no factor with those of the rest. */
const kinds: readonly Kind[] = [
  ...(["routed", "routed", "hard", "routed", "falling", "routed", "hard"] as const),
  ...(["routed", "failing", "routed", "cut", "routed", "hard"] as const),
];

const messages = [user("Tell me about the weather in Jakarta")];
const fallbacks = ["gemini-2.5-flash"];
const requests = {
  routed: { messages },
  hard: { messages: [user("Explain and compare the weather of Jakarta and Seoul")] },
  falling: { messages, model: "broken", routing: { fallbacks } },
  failing: { messages, model: "broken" },
  cut: { messages, model: "cut", routing: { fallbacks, commit: "restart" } },
};
