import type { ExplainRouteResponse } from "@meridian/inference-proto";
import type { Paint } from "./paint.js";

type Candidate = ExplainRouteResponse["candidates"][number];

/** A line of a tree, with what hangs below it. */
interface Branch {
  readonly text: string;
  readonly below?: readonly Branch[];
}

/** The plan of a chat as a tree, a line each. */
export function explainTree(plan: ExplainRouteResponse, paint: Paint): readonly string[] {
  const { candidates, excluded } = plan;
  const [first] = candidates;
  const target = first === undefined ? "nowhere" : `${first.model} at ${first.endpoint}`;
  const branches: readonly Branch[] = [
    { text: `${label("country", paint)}${plan.country}${paint("dim", `  from ${plan.countrySource}`)}` },
    tierBranch(plan, paint),
    { text: `${label("canary", paint)}${plan.cohort}${paint("dim", `  bucket ${plan.canaryBucket} of 10,000`)}` },
    { text: `${label("asks for", paint)}temperature ${plan.temperature}, at most ${plan.maxTokens} tokens` },
    {
      text: `${label("tries", paint)}${candidates.length} in this order`,
      below: candidates.map((candidate, index) => candidateBranch(candidate, index + 1, paint)),
    },
    ...(excluded.length === 0
      ? []
      : [
          {
            text: `${label("not", paint)}${excluded.length} left out`,
            below: excluded.map((each) => excludedBranch(each, paint)),
          },
        ]),
    ...(plan.configVersion === "" ? [] : [{ text: `${label("config", paint)}${plan.configVersion}` }]),
  ];
  return [
    paint("bold", target),
    ...branches.flatMap((branch, index) => drawn(branch, index === branches.length - 1, paint)),
  ];
}

function tierBranch({ tier, signals, reasons }: ExplainRouteResponse, paint: Paint): Branch {
  const name = tier === "" ? "none, a model is named" : tier;
  const { promptTokens = 0, promptTokensExact = true, lowWords = [], highWords = [], features = [] } = signals ?? {};
  const words = (kind: string, found: readonly string[]) =>
    found.length === 0 ? [] : [{ text: `${kind} ${found.length === 1 ? "word" : "words"}: ${found.join(", ")}` }];
  return {
    text: `${label("tier", paint)}${paint("cyan", name)}`,
    below: [
      {
        text: `${promptTokensExact ? "" : "at least "}${promptTokens} prompt ${promptTokens === 1 ? "token" : "tokens"}`,
      },
      ...words("low", lowWords),
      ...words("high", highWords),
      ...(features.length === 0 ? [] : [{ text: `weighs most: ${features.map(weighed).join(", ")}` }]),
      ...reasons.map((text) => ({ text })),
    ],
  };
}

function weighed({ name, effect }: { readonly name: string; readonly effect: number }): string {
  return `${name} ${effect < 0 ? "" : "+"}${effect.toFixed(3)}`;
}

function candidateBranch(candidate: Candidate, place: number, paint: Paint): Branch {
  const { model, endpoint, reason, breaker, estimatedCostNanoUsd, latencyMs, credentials } = candidate;
  const health = paint(breakerLooks[breaker] ?? "yellow", `breaker ${breaker}`);
  const latency = latencyMs === undefined ? "latency not measured" : `${latencyMs} ms expected`;
  const facts = `${health}, ${latency}, at most ${usd(estimatedCostNanoUsd)}, ${credentials.length === 1 ? "key" : "keys"} ${credentials.join(", ")}`;
  return { text: `${place}. ${paint("bold", model)} at ${endpoint}`, below: [{ text: reason }, { text: facts }] };
}

const breakerLooks: Readonly<Record<string, "green" | "red" | "yellow">> = { closed: "green", open: "red" };

function excludedBranch({ model, endpoint, reason }: ExplainRouteResponse["excluded"][number], paint: Paint): Branch {
  return { text: paint("dim", `${model}${endpoint === "" ? "" : ` at ${endpoint}`}: ${reason}`) };
}

function label(text: string, paint: Paint): string {
  return paint("dim", text.padEnd(10));
}

function drawn({ text, below = [] }: Branch, isLast: boolean, paint: Paint): readonly string[] {
  const lines = below.flatMap((branch, index) => drawn(branch, index === below.length - 1, paint));
  return [
    `${paint("dim", isLast ? "└─" : "├─")} ${text}`,
    ...lines.map((line) => `${isLast ? "  " : paint("dim", "│ ")} ${line}`),
  ];
}

function usd(nanoUsd: bigint): string {
  const digits = nanoUsd.toString().padStart(10, "0");
  return `${digits.slice(0, -9)}.${digits.slice(-9)} USD`;
}
