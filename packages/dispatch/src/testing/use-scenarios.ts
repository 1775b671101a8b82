import { afterEach, expect } from "vitest";
import { createScenario, type Scenario, type ScenarioOptions } from "./scenario.js";

/** Gives what creates the scenarios of a test file. After each test none of them may have left anything behind. */
export function useScenarios(): (options: ScenarioOptions) => Scenario {
  const scenarios: Scenario[] = [];
  afterEach(() => {
    for (const scenario of scenarios.splice(0))
      expect(scenario.leftovers()).toEqual({ timers: 0, listeners: 0, sockets: 0 });
  });
  return (options) => {
    const scenario = createScenario(options);
    scenarios.push(scenario);
    return scenario;
  };
}
