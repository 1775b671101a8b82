import { type FaultRule, parseFault } from "@meridian/relay-simulator";
import { createRandom } from "../../create-random.js";
import { faultShares } from "../assumptions.js";
import { shuffle, type Traffic } from "../make-calls.js";

/** Second tries reach the relay too: faults are dealt out for so many calls to it per call of the traffic. */
const relayCallsPerCall = 1.2;

/** Rules that give calls to the relay their faults, each kind in exactly its share, at places of chance. */
export function caseFaults({ seed, calls }: Traffic): readonly FaultRule[] {
  const relayCalls = Math.ceil(calls * relayCallsPerCall);
  const places = shuffle(
    createRandom(seed),
    Array.from({ length: relayCalls }, (_, place) => place),
  );
  return Object.entries(faultShares).flatMap(([text, share]) => {
    const fault = parseFault(text);
    return places.splice(0, Math.round(share * relayCalls)).map((after) => ({ fault, after, times: 1 }));
  });
}
