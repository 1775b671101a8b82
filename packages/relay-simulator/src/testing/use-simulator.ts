import { afterEach, expect } from "vitest";
import { type RelaySimulator, startRelaySimulator } from "../relay-simulator.js";
import type { RelaySimulatorOptions } from "../relay-simulator-options.js";

/** Starts simulators for the tests of a file. Each is closed after its test, and must leave nothing open. */
export function useSimulator(): (options?: RelaySimulatorOptions) => Promise<RelaySimulator> {
  const started: RelaySimulator[] = [];
  afterEach(async () => {
    for (const simulator of started.splice(0)) {
      await simulator.close();
      expect(simulator.openSockets()).toBe(0);
      expect(simulator.openAnswers()).toBe(0);
    }
  });
  return async (options) => {
    const simulator = await startRelaySimulator(options);
    started.push(simulator);
    return simulator;
  };
}
