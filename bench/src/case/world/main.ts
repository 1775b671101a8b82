import { startRelaySimulator } from "@meridian/relay-simulator";
import { answerParent } from "../../worker-link.js";
import { caseModels, cities, firstTokenSpread, relayRegions } from "../assumptions.js";
import { answerTokensFor, type Traffic } from "../make-calls.js";
import { caseFaults } from "./case-faults.js";
import { openDelayLink } from "./delay-link.js";
import type { RelayBill, WorldMap, WorldRequest } from "./world-job.js";

// A relay in a process of its own, and the lines that lead to it: its regions are one account, and differ by where they are.

const { traffic, slowness }: { traffic: Traffic; slowness: number } = JSON.parse(process.argv[2] ?? "");
let bill: Record<string, RelayBill[string]> = {};

const relay = await startRelaySimulator({
  seed: traffic.seed,
  models: caseModels.map(({ id, firstTokenMs, requestsPerMinute }) => ({
    id,
    latencyMs: firstTokenMs * slowness,
    latencySpread: firstTokenSpread,
    requestsPerMinute: requestsPerMinute && requestsPerMinute * traffic.pace,
    answerTokens: answerTokensFor,
  })),
  maxCalls: 1,
  log: (line) => {
    if (!("model" in line && "tokensSent" in line)) return;
    const { model, tokensSent } = line;
    if (typeof model !== "string" || typeof tokensSent !== "number" || tokensSent === 0) return;
    const { calls, outputTokens } = bill[model] ?? { calls: 0, outputTokens: 0 };
    bill[model] = { calls: calls + 1, outputTokens: outputTokens + tokensSent };
  },
});

const map: Record<string, Record<string, string>> = {};
for (const { name, roundTripMs } of cities) {
  const bases: Record<string, string> = {};
  for (const region of relayRegions) {
    bases[region] = `${await openDelayLink({ target: relay.origin, roundTripMs: roundTripMs[region] })}/v1`;
  }
  map[name] = bases;
}

answerParent(({ request }: { readonly request: WorldRequest }): RelayBill => {
  if (request === "begin") {
    relay.reset();
    relay.setFaults(caseFaults(traffic));
    bill = {};
  }
  return bill;
});
console.log(`ready ${JSON.stringify(map satisfies WorldMap)}`);
