import type { Work, WorkSizes } from "./work.js";

/** Streams at once, at 100 chunks a second each and as fast as the subject takes them. */
export function createStreamWorks({ isQuick, streams, pacedChunks, fastChunks }: WorkSizes): readonly Work[] {
  const common = {
    prompt: 50,
    measure: "cpu",
    unit: "chunk",
    calls: streams,
    concurrency: streams,
    callsPerSecond: null,
    warmUpRuns: 0.5,
  } as const;
  const paced = { ...common, chunks: pacedChunks, chunksPerSecond: 100, runsPerRound: isQuick ? 1 : 3 } as const;
  const fast = { ...common, chunks: fastChunks, chunksPerSecond: null, runsPerRound: 1 } as const;
  const http1 = "over HTTP/1.1: server-sent events, a Connect stream of JSON for the RPCs.";
  const h2c = "over HTTP/2 without TLS: server-sent events; gRPC or a Connect stream of protobuf for the RPCs.";
  return [
    {
      ...paced,
      name: "stream-http1-paced",
      description: `${streams} streams of 100 chunks a second ${http1}`,
      form: "stream-http1",
    },
    {
      ...paced,
      name: "stream-h2c-paced",
      description: `${streams} streams of 100 chunks a second ${h2c}`,
      form: "stream-h2c",
    },
    {
      ...fast,
      name: "stream-http1-fast",
      description: `${streams} streams as fast as they are taken ${http1}`,
      form: "stream-http1",
    },
    {
      ...fast,
      name: "stream-h2c-fast",
      description: `${streams} streams as fast as they are taken ${h2c}`,
      form: "stream-h2c",
    },
  ];
}
