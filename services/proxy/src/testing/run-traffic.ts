import { createInferenceClient } from "@meridian/inference-client";
import { ask } from "./ask.js";
import { trafficCall } from "./replay-traffic.js";
import type { SimulatedRun } from "./simulate-decisions.js";
import { startTestProxy } from "./start-test-proxy.js";

/** Callers at the same time. */
const callers = 8;

/**
 * Makes the calls of the traffic over sockets, streams and whole answers in turn, at a proxy that records all its decisions.
 * Gives what the callers have seen.
 */
export async function runTraffic(yaml: string, file: string, calls: number): Promise<Omit<SimulatedRun, "answersMs">> {
  const test = await startTestProxy({ yaml: `decisions: { file: ${JSON.stringify(file)} }\n${yaml}` });
  const client = createInferenceClient({ baseUrl: test.proxy.url });
  const shares: Record<string, number> = {};
  let costNanoUsd = 0n;
  let begun = 0;
  const call = async () => {
    while (begun < calls) {
      const index = begun;
      begun += 1;
      const { country, request } = trafficCall(index);
      const headers = country === "DEFAULT" ? {} : { "cf-ipcountry": country };
      const { code, reason, route } = await ask(client, index % 2 === 0 ? "Chat" : "StreamChat", request, { headers });
      const asked = code === "ok" ? (route?.attempts[0]?.model ?? "") : `refused: ${reason}`;
      shares[asked] = (shares[asked] ?? 0) + 1;
      costNanoUsd += route?.totalCostNanoUsd ?? 0n;
    }
  };
  try {
    await Promise.all(Array.from({ length: callers }, call));
  } finally {
    await client.close();
    await test.stop();
  }
  return { shares, costNanoUsd };
}
