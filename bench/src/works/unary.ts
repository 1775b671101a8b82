import type { Work, WorkSizes } from "./work.js";

/** Single calls, 16 at once, each as soon as another one is done. */
export function createUnaryWorks({ unaryCalls }: WorkSizes): readonly Work[] {
  const common = {
    measure: "cpu",
    unit: "call",
    calls: unaryCalls,
    concurrency: 16,
    callsPerSecond: null,
    chunks: 1,
    chunksPerSecond: null,
  } as const;
  return [
    {
      ...common,
      name: "unary-http1",
      description: "A call over HTTP/1.1: OpenAI's JSON for raw Node and the OpenAI front, Connect JSON for the RPCs.",
      form: "unary-http1",
    },
    {
      ...common,
      name: "unary-h2c",
      description:
        "A call over HTTP/2 without TLS: OpenAI's JSON for raw Node and the OpenAI front, gRPC for the RPCs.",
      form: "unary-h2c",
    },
  ];
}
