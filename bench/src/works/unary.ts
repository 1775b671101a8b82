import type { PromptTokens } from "../fixture.js";
import type { Work, WorkSizes } from "./work.js";

/** So many runs of the shortest prompt until V8 has compiled most of what a call takes: a large program has 10,000 of them behind it then. */
const compiledAfterRuns = 4;

/** Single calls, 16 at once, each as soon as another one is done; prompts of three lengths. */
export function createUnaryWorks({ isQuick, unaryCalls, pageCalls, documentCalls }: WorkSizes): readonly Work[] {
  return [
    ...unary("", 50, unaryCalls, { warmUpRuns: compiledAfterRuns, runsPerRound: isQuick ? 1 : 4 }),
    ...unary("-1k", 1_000, pageCalls, { warmUpRuns: 0.5, runsPerRound: 1 }),
    ...unary("-10k", 10_000, documentCalls, { warmUpRuns: 0.5, runsPerRound: 1 }),
  ];
}

function unary(
  suffix: string,
  prompt: PromptTokens,
  calls: number,
  runs: Pick<Work, "warmUpRuns" | "runsPerRound">,
): readonly Work[] {
  const common = {
    prompt,
    measure: "cpu",
    unit: "call",
    calls,
    concurrency: 16,
    callsPerSecond: null,
    chunks: 1,
    chunksPerSecond: null,
    ...runs,
  } as const;
  const asked = `with a prompt of ${prompt.toLocaleString("en")} tokens`;
  return [
    {
      ...common,
      name: `unary-http1${suffix}`,
      description: `A call over HTTP/1.1 ${asked}: OpenAI's JSON, Connect JSON for the RPCs.`,
      form: "unary-http1",
    },
    {
      ...common,
      name: `unary-h2c${suffix}`,
      description: `A call over HTTP/2 without TLS ${asked}: OpenAI's JSON; gRPC or Connect's protobuf for the RPCs.`,
      form: "unary-h2c",
    },
  ];
}
