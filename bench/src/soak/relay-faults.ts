import { type FaultRule, parseFault } from "@meridian/relay-simulator";
import { between, pick, type Random } from "../create-random.js";

/** One call in so many meets a fault. */
const callsPerFault = 10;

/** What goes wrong at a relay, in the simulator's words (docs/relay-simulator.md). */
export const soakFaults = [
  "status-503",
  "status-500",
  "status-429;retry-after=1",
  "status-400",
  "reset",
  "silent",
  "cut;after=2",
  "stall;after=2",
  "slow-first-token;delay=1000;keep-alive=200",
  "slow-first-token;delay=3000",
  "malformed-json",
  "malformed-event",
  "error-body",
  "error-event;after=2",
  "no-done",
  "no-finish-reason",
  "no-usage",
  "wrong-content-type",
  "hang-after-finish",
  "huge-line;bytes=200000",
] as const;

/** Rules that give every tenth of the next `calls` calls a fault, at places and of kinds that chance chooses. */
export function faultRules(random: Random, calls: number): readonly FaultRule[] {
  return Array.from({ length: Math.floor(calls / callsPerFault) }, (_, index) => ({
    fault: parseFault(pick(random, soakFaults)),
    after: index * callsPerFault + between(random, 0, callsPerFault - 1),
    times: 1,
  }));
}
