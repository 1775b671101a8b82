import { CallError } from "../call-error.js";
import { type CallEvent, executeStream } from "../execute-stream.js";
import { inShort, type Scenario, settled } from "./scenario.js";

/** Runs a stream to its end: every event, how it ended and when. An error that is no `CallError` is thrown. */
export async function runStream(scenario: Scenario) {
  const events: CallEvent[] = [];
  const consume = async () => {
    for await (const batch of executeStream(scenario.job, scenario.dependencies)) events.push(...batch);
  };
  const { error, atMs } = await settled(scenario.clock, consume());
  const failed = error instanceof CallError ? error : undefined;
  if (error !== undefined && failed === undefined) throw error;
  const last = events.at(-1);
  const attempts = failed?.attempts ?? (last?.type === "stream-end" ? last.attempts : []);
  return {
    events,
    shown: events.map(show),
    end: last?.type === "stream-end" ? last : undefined,
    failure: failed?.failure,
    attempts,
    tried: inShort(attempts),
    askedAtMs: scenario.relay.received.map((received) => received.atMs),
    atMs,
  };
}

/** An event in short: "start a", "text", "restart b after idle_limit", "end stop". */
function show(event: CallEvent): string {
  switch (event.type) {
    case "stream-start":
      return `start ${event.deployment.endpoint.name}`;
    case "stream-restart":
      return `restart ${event.deployment.endpoint.name} after ${event.reason}`;
    case "stream-end":
      return `end ${event.ends.map(({ finishReason }) => finishReason).join(" ")}`;
    case "source-chunk":
      return JSON.stringify(event.chunk);
    case "tool-call-delta":
      return event.arguments;
    default:
      return event.text;
  }
}
