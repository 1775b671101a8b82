import { startRelaySimulator } from "@meridian/relay-simulator";
import { createRandom } from "../create-random.js";
import { answerParent } from "../worker-link.js";
import { faultRules } from "./relay-faults.js";
import { pacedModels, soakRelayKey, unpacedModel } from "./soak-config.js";

// Two simulated relays in a process of their own, that keep going wrong.

/** What the relays know, both together. */
export interface RelayState {
  /** Connections that are open, idle ones too. */
  readonly openSockets: number;
  /** Requests that are still being answered. */
  readonly openAnswers: number;
  /** Chats that were received and have ended. */
  readonly chats: number;
  /** How many of these had a fault. */
  readonly faults: number;
}

/** Faults are dealt out for so many calls ahead, and anew every second: more calls than a second brings. */
const callsAhead = 2_000;

const [tokensPerSecond = "0", seed = "0"] = process.argv.slice(2);
const random = createRandom(Number(seed));
let chats = 0;
let faults = 0;

const relays = await Promise.all(
  [1, 2].map((relay) =>
    startRelaySimulator({
      seed: relay,
      apiKeys: [soakRelayKey],
      models: [
        // Callers say how long an answer they want. Slow ones want more than fits into the buffers on the way.
        { id: unpacedModel, answerTokens: 4_000 },
        ...pacedModels.map((id) => ({ id, answerTokens: 100, tokensPerSecond: Number(tokensPerSecond) })),
      ],
      // Short, so that the proxy's idle connections close within a second and do not pass for memory in use.
      keepAliveMs: 3_000,
      maxCalls: 1,
      log: (line) => {
        if (!("method" in line) || line.method !== "POST") return;
        chats += 1;
        if ("fault" in line && line.fault !== undefined) faults += 1;
      },
    }),
  ),
);
const dealFaults = () => {
  for (const relay of relays) relay.setFaults(faultRules(random, callsAhead));
};
dealFaults();
setInterval(dealFaults, 1_000);

const sum = (read: (relay: (typeof relays)[number]) => number) =>
  relays.reduce((total, relay) => total + read(relay), 0);
answerParent(
  (): RelayState => ({
    openSockets: sum((relay) => relay.openSockets()),
    openAnswers: sum((relay) => relay.openAnswers()),
    chats,
    faults,
  }),
);
console.log(`ready ${relays.map(({ baseUrl }) => baseUrl).join(" ")}`);
