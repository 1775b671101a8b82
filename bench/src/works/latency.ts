import type { Work, WorkSizes } from "./work.js";

/** Calls at a rate that leaves every subject idle most of the time. */
export function createLatencyWork({ latencyCalls }: WorkSizes): Work {
  const callsPerSecond = 100;
  return {
    name: "latency-http1",
    description: `${callsPerSecond} calls a second over HTTP/1.1, from sending a call to the end of its answer.`,
    form: "unary-http1",
    measure: "latency",
    unit: "call",
    calls: latencyCalls,
    concurrency: 64,
    callsPerSecond,
    chunks: 1,
    chunksPerSecond: null,
  };
}
