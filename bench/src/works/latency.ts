import type { Work, WorkSizes } from "./work.js";

/** Calls at a rate that leaves a fast subject idle most of the time. */
export function createLatencyWorks({ isQuick, latencyCalls }: WorkSizes): readonly Work[] {
  const callsPerSecond = 200;
  const common = {
    prompt: 50,
    measure: "latency",
    unit: "call",
    calls: latencyCalls,
    concurrency: 64,
    callsPerSecond,
    chunks: 1,
    chunksPerSecond: null,
    warmUpRuns: 0.25,
    runsPerRound: isQuick ? 1 : 2,
  } as const;
  const what = "from sending a call to the end of its answer";
  return [
    {
      ...common,
      name: "latency-http1",
      description: `${callsPerSecond} calls a second over HTTP/1.1, ${what}.`,
      form: "unary-http1",
    },
    {
      ...common,
      name: "latency-h2c",
      description: `${callsPerSecond} calls a second over HTTP/2 (the direct one over HTTP/1.1), ${what}.`,
      form: "unary-h2c",
    },
  ];
}
