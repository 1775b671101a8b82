import type { Spread } from "../measure/spread.js";
import type { BenchResults, Figure } from "./bench-results.js";

/** One thing that Meridian has to show, and what a run of the benchmark says to it. */
export interface Claim {
  readonly text: string;
  /** What was measured, in the unit of the text; undefined: this run has not measured it. */
  readonly measured: Spread | undefined;
  /** The measured median is to be at most, or at least, this. */
  readonly limit: { readonly kind: "at most" | "at least"; readonly value: number };
  /** The same of others in the same run, by name, where the machine has a part in an absolute figure. */
  readonly beside?: readonly (readonly [name: string, figure: Spread])[];
}

/** What is claimed of Meridian's speed, each with its figure of this run. */
export function claimsOf(results: BenchResults): readonly Claim[] {
  const figure = (work: string, subject: string): Figure | undefined =>
    results.works.find(({ name }) => name === work)?.figures.find((each) => each.subject === subject);
  const cpu = (work: string, subject: string, baseline: string) => figure(work, subject)?.timesCpuOf[baseline];
  const atMost = (value: number) => ({ kind: "at most", value }) as const;
  const atLeast = (value: number) => ({ kind: "at least", value }) as const;
  const idle = (form: string) => {
    const found = results.idle.find((each) => each.subject === "meridian" && each.form === form);
    const most = found?.perStream.at(-1);
    return { found, most };
  };

  const json = "raw-node-json";
  const chunks = (["paced", "fast"] as const).flatMap((pace) =>
    (
      [
        ["Connect JSON", `stream-http1-${pace}`, "meridian"],
        ["gRPC", `stream-h2c-${pace}`, "meridian"],
        ["OpenAI SSE", `stream-http1-${pace}`, "meridian-openai"],
      ] as const
    ).map(([protocol, work, subject]) => ({
      text: `2. a streamed chunk, ${protocol}, ${pace === "paced" ? "at 100 a second" : "at full speed"} (x raw Node JSON)`,
      measured: cpu(work, subject, json),
      limit: atMost(1.2),
    })),
  );
  const peers = (
    [
      ["Portkey", "portkey", 4],
      ["LiteLLM", "litellm", 20],
      ["Bifrost", "bifrost", 1],
    ] as const
  ).flatMap(([name, subject, times]) =>
    (["meridian", "meridian-openai"] as const).map((ours) => ({
      text: `3. ${name}'s CPU per call (x ${ours === "meridian" ? "Connect JSON" : "the OpenAI front"})`,
      measured: cpu("unary-http1", subject, ours),
      limit: atLeast(times),
    })),
  );
  const latencies = (
    [
      ["Connect JSON", "latency-http1", "meridian"],
      ["gRPC", "latency-h2c", "meridian"],
      ["OpenAI front", "latency-http1", "meridian-openai"],
    ] as const
  ).flatMap(([protocol, work, subject]) =>
    (
      [
        ["p50", "addedP50Ms", 0.5],
        ["p99", "addedP99Ms", 3],
      ] as const
    ).map(([quantile, key, limit]) => ({
      text: `4. added latency, ${quantile} ms, ${protocol}`,
      measured: figure(work, subject)?.[key] ?? undefined,
      limit: atMost(limit),
      beside: (["nginx", "raw-node", json] as const).flatMap((other) => {
        const added = figure(work, other)?.[key] ?? undefined;
        return added === undefined ? [] : [[other, added] as const];
      }),
    })),
  );
  const idles = (["stream-http1", "stream-h2c"] as const).flatMap((form) => {
    const { found, most } = idle(form);
    const protocol = form === "stream-http1" ? "Connect JSON" : "gRPC";
    const left = found?.left.heldBytes ?? undefined;
    return [
      {
        text: `5. an idle stream of ${most?.streams.toLocaleString("en") ?? "many"}, ${protocol}, KB`,
        measured: most === undefined ? undefined : single(most.residentBytes / 1e3),
        limit: atMost(30),
      },
      {
        text: `5. alive after they have closed, ${protocol}, MB more than before`,
        measured: left === undefined ? undefined : single(left / 1e6),
        limit: atMost(backToStartMegabytes),
      },
      {
        text: `5. streams at the relay after the callers of ${found?.killed.streams.toLocaleString("en") ?? "many"} were killed, ${protocol}`,
        measured: found === undefined ? undefined : single(found.killed.relayStreams),
        limit: atMost(0),
      },
    ];
  });
  return [
    {
      text: "1. Connect JSON unary (x raw Node JSON)",
      measured: cpu("unary-http1", "meridian", json),
      limit: atMost(1.5),
    },
    {
      text: "1. gRPC unary (x raw Node JSON over HTTP/2)",
      measured: cpu("unary-h2c", "meridian", json),
      limit: atMost(2),
    },
    {
      text: "1. the OpenAI front (x raw Node JSON)",
      measured: cpu("unary-http1", "meridian-openai", json),
      limit: atMost(1.5),
    },
    ...chunks,
    ...peers,
    ...latencies,
    ...idles,
    { text: "6. the artefact is ready, ms", measured: results.artefact?.readyMs, limit: atMost(400) },
    {
      text: "6. the artefact at rest, MB",
      measured: results.artefact === null ? undefined : scaled(results.artefact.residentBytes, 1e-6),
      limit: atMost(110),
    },
  ];
}

/** Caches that filled meanwhile, and the grain of the heap: not a stream's worth each of thousands. */
const backToStartMegabytes = 3;

/** Whether a claim is met; undefined: it was not measured. */
export function isMet({ measured, limit }: Claim): boolean | undefined {
  if (measured === undefined) return undefined;
  return limit.kind === "at most" ? measured.median <= limit.value : measured.median >= limit.value;
}

function single(value: number): Spread {
  return { median: value, lowest: value, highest: value };
}

function scaled({ median, lowest, highest }: Spread, factor: number): Spread {
  return { median: median * factor, lowest: lowest * factor, highest: highest * factor };
}
