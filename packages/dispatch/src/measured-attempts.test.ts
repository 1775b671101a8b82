import { expect, test } from "vitest";
import { executeCall } from "./execute-call.js";
import { answerOf, end, fault, silence, text, truncated, wait } from "./testing/answers.js";
import { runStream } from "./testing/run-stream.js";
import { candidateOf, createScenario, type ScenarioOptions, settled } from "./testing/scenario.js";

const probedMs = 10;

/** A scenario that notes what is expected of an endpoint when an attempt on it has ended: "endpoint ms". */
function create(options: ScenarioOptions) {
  const scenario = createScenario({ probedMs, ...options });
  const noted: string[] = [];
  const { latency } = scenario;
  const dependencies = {
    ...scenario.dependencies,
    latency: {
      ...latency,
      began(...attempt: Parameters<typeof latency.began>) {
        const timing = latency.began(...attempt);
        const ended = () => {
          timing.ended();
          noted.push(`${attempt[0]} ${latency.expectedMs("a", "model")}`);
        };
        return { ...timing, ended };
      },
    },
  };
  return { ...scenario, dependencies, noted };
}

const answer = { steps: [text("x"), end()] };

test.each<[string, ScenarioOptions, readonly string[]]>([
  [
    "the first content, not the headers",
    { scripts: [{ afterMs: 100, steps: [wait(2_000), ...answer.steps] }] },
    ["a 2100"],
  ],
  [
    "the first content, not the end",
    { scripts: [{ afterMs: 100, steps: [text("x"), wait(5_000), end()] }] },
    ["a 100"],
  ],
  ["a stream that broke off", { scripts: [{ afterMs: 100, steps: [text("x"), fault(truncated)] }] }, ["a 100"]],
  ["no headers in time", { scripts: [{ afterMs: 20_000 }, answer] }, ["a 8000", "b 8000"]],
  ["no content in time", { scripts: [{ steps: [silence] }, { answer: answerOf("x") }] }, ["a 8000", "b 8000"]],
  [
    "the caller's deadline before any content",
    { scripts: [{ steps: [silence] }], candidates: [candidateOf("a")], budgetMs: 3_000 },
    ["a 3000"],
  ],
  ["a failure at once: nothing", { scripts: [{ failure: truncated }, answer] }, ["a 10", "b 10"]],
  ["a late failure", { scripts: [{ afterMs: 900, failure: truncated }, answer] }, ["a 900", "b 900"]],
])("of a stream counts %s", async (_name, options, expected) => {
  const scenario = create(options);
  await runStream(scenario);
  expect(scenario.noted.map(round)).toEqual(expected);
  expect(["a", "b"].map((endpoint) => scenario.latency.inFlight(endpoint, "model"))).toEqual([0, 0]);
});

test("a whole answer is under way and measures nothing", async () => {
  const scenario = create({ scripts: [{ afterMs: 20_000, answer: answerOf("x") }] });
  const call = executeCall(scenario.job, scenario.dependencies);
  expect(scenario.latency.inFlight("a", "model")).toBe(1);
  await settled(scenario.clock, call);
  expect(scenario.noted).toEqual([`a ${probedMs}`]);
  expect(scenario.latency.inFlight("a", "model")).toBe(0);
});

function round(note: string): string {
  const [endpoint, ms] = note.split(" ");
  return `${endpoint} ${Math.round(Number(ms))}`;
}
