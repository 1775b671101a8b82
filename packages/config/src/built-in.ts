/** A model that needs no entry in the file. Prices as the file would have them, in USD per 1,000,000 tokens. */
interface BuiltInModel {
  readonly outputUsdPerMillionTokens: string;
  readonly contextWindowTokens: number;
  readonly requestsPerMinute: number | undefined;
  readonly fallbacks: readonly string[];
}

/** The catalogue that `models` adds to and changes. The price of the request is not published: 0. */
export const builtInModels: ReadonlyMap<string, BuiltInModel> = new Map([
  [
    "gpt-4.1",
    {
      outputUsdPerMillionTokens: "8.00",
      contextWindowTokens: 1_047_576,
      requestsPerMinute: undefined,
      fallbacks: ["claude-sonnet-4.5", "gemini-2.5-flash"],
    },
  ],
  [
    "claude-sonnet-4.5",
    {
      outputUsdPerMillionTokens: "15.00",
      contextWindowTokens: 200_000,
      requestsPerMinute: undefined,
      fallbacks: ["gemini-2.5-flash"],
    },
  ],
  [
    "gemini-2.5-flash",
    {
      outputUsdPerMillionTokens: "2.50",
      contextWindowTokens: 1_048_576,
      requestsPerMinute: undefined,
      fallbacks: ["gpt-4.1", "claude-sonnet-4.5"],
    },
  ],
  [
    "deepseek-v3.2",
    {
      outputUsdPerMillionTokens: "0.42",
      contextWindowTokens: 128_000,
      requestsPerMinute: 1200,
      fallbacks: ["gemini-2.5-flash", "gpt-4.1"],
    },
  ],
]);

/** The name of the rule for every country that has none of its own. */
export const defaultRegion = "DEFAULT";

/** A rule of the region table that needs no entry in the file. */
interface BuiltInRegion {
  readonly model: string;
  readonly maxTokens: number;
  readonly temperature: number;
}

/** The region table that `regions` adds to and changes. */
export const builtInRegions: ReadonlyMap<string, BuiltInRegion> = new Map([
  ["ID", { model: "deepseek-v3.2", maxTokens: 256, temperature: 0.3 }],
  ["VN", { model: "deepseek-v3.2", maxTokens: 256, temperature: 0.3 }],
  ["KR", { model: "gemini-2.5-flash", maxTokens: 512, temperature: 0.5 }],
  ["SG", { model: "gpt-4.1", maxTokens: 1024, temperature: 0.7 }],
  [defaultRegion, { model: "gemini-2.5-flash", maxTokens: 512, temperature: 0.5 }],
]);

/** Words of a simple question. */
export const builtInLowWords = ["related", "similar", "category", "tag", "match"] as const;

/** Words of a hard question. */
export const builtInHighWords = ["explain", "analyze", "compare", "evaluate", "recommend"] as const;
