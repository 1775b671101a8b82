import { expect, test } from "vitest";
import { end, overloaded, text, wait } from "./testing/answers.js";
import { runStream } from "./testing/run-stream.js";
import { candidateOf } from "./testing/scenario.js";
import { useScenarios } from "./testing/use-scenarios.js";

const create = useScenarios();

test("each attempt tells its relay of its own place in the trace, and is reported with it", async () => {
  const scenario = create({
    candidates: [candidateOf("a"), candidateOf("b", { model: "other" })],
    scripts: [{ failure: overloaded }, { failure: overloaded }, { steps: [wait(40), text("hello"), end()] }],
  });
  const asked: string[] = [];
  const traceAttempt: NonNullable<typeof scenario.job.traceAttempt> = ({ deployment, transport }) => {
    asked.push(`${deployment.endpoint.name} ${transport}`);
    return { traceparent: `attempt ${asked.length}`, tracestate: undefined };
  };
  const { attempts } = await runStream({ ...scenario, job: { ...scenario.job, traceAttempt } });
  expect(asked).toEqual(["a stream", "a stream", "b stream"]);
  const contexts = ["attempt 1", "attempt 2", "attempt 3"].map((traceparent) => ({
    traceparent,
    tracestate: undefined,
  }));
  expect(scenario.relay.received.map(({ request }) => request.traceContext)).toEqual(contexts);
  expect(attempts.map(({ traceContext }) => traceContext)).toEqual(contexts);
  expect(attempts.map(({ firstContentMs }) => firstContentMs)).toEqual([undefined, undefined, 40]);
});
