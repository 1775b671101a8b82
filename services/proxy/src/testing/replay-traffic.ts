import type { ChatRequestInit } from "@meridian/inference-client";

/** A call of mixed traffic. */
export interface TrafficCall {
  readonly country: string;
  readonly request: ChatRequestInit;
}

const countries = ["ID", "ID", "VN", "KR", "SG", "DE", "DEFAULT"];
const shortQuestions = [
  "What is the capital of France?",
  "Find a similar category",
  "Explain the tides, please",
  "Which tag is related to this one?",
  "Compare a match with a lighter",
  "Prove that there is no largest prime",
];
const questions = [
  ...shortQuestions,
  `Which category is this? ${"many words ".repeat(70)}`,
  ...shortQuestions,
  `Go on: ${"and on ".repeat(300)}`,
  ...shortQuestions,
  ...shortQuestions,
  `Go on: ${"and on, and on, and on ".repeat(150)}`,
];
const steering = [
  {},
  {},
  {},
  {},
  { model: "gpt-4.1" },
  { model: "claude-sonnet-4.5", routing: { fallbacks: ["gpt-4.1"] } },
  { model: "cheap" },
  { routing: { tier: "high" } },
  { routing: { allowedModels: ["claude-sonnet-4.5", "deepseek-v3.2"] } },
  { routing: { maxCostNanoUsd: 80_000n } },
] satisfies readonly ChatRequestInit[];

/** The call of a number: the same in every run. Its parts change at paces of their own, so that all mixtures come. */
export function trafficCall(index: number): TrafficCall {
  const of = <T>(values: readonly T[], pace: number) => values[Math.floor(index / pace) % values.length];
  return {
    country: of(countries, 1) ?? "",
    request: {
      messages: [{ role: "user", content: of(questions, 1) ?? "" }],
      user: index % 3 === 0 ? "" : `user-${(index * 7) % 500}`,
      ...(index % 5 === 0 ? {} : { maxTokens: 12 }),
      ...of(steering, 2),
    },
  };
}

/** The configuration that the traffic comes to first. */
export const trafficYaml = `
models:
  gpt-4.1: { prices: { outputUsdPerMillionTokens: 8, inputUsdPerMillionTokens: 2 } }
routing:
  aliases: { cheap: deepseek-v3.2 }
  canary: { percentage: 20, models: { gemini-2.5-flash: claude-sonnet-4.5 } }
`;

/** Another one: a region's model, both limits, the words, an alias, the canary's share, a price, and a model that is gone. */
export const otherYaml = `
models:
  gpt-4.1: { fallbacks: [gemini-2.5-flash], prices: { outputUsdPerMillionTokens: 7, inputUsdPerMillionTokens: 2.5 } }
  gemini-2.5-flash: { fallbacks: [gpt-4.1] }
  claude-sonnet-4.5: null
regions:
  KR: { model: gpt-4.1, maxTokens: 400 }
  SG: null
routing:
  aliases: { cheap: auto }
  keywords: { lowWords: [related, similar, category, match], highWords: [explain, compare, tag], lowBelowTokens: 200, highAboveTokens: 700 }
  canary: { percentage: 60, models: { gemini-2.5-flash: deepseek-v3.2 } }
`;
