import type { Language } from "./corpus/language.js";
import type { PromptClass } from "./corpus/make-prompt.js";

// Everything about the case that is not measured: what was published, and what is assumed because nothing was.
// docs/headline-case.md says where each number comes from; change both.

/** What was published of the case, before and after. */
export const published = {
  p95Ms: { before: 420, after: 180 },
  jakartaP95Ms: { before: 652, after: 201 },
  usdPerMonth: { before: 4_200, after: 680 },
  errorPercent: { before: 2.1, after: 0.08 },
  /** Of the calls, by the model that answers. */
  sharePercent: { "deepseek-v3.2": 68, "gemini-2.5-flash": 24, "gpt-4.1": 8 },
  callsPerDay: 2_300_000,
} as const;

/** The pace of an average second of the published day. */
export const callsPerSecond = published.callsPerDay / 86_400;

/** The relay's regions. */
export const relayRegions = ["us-east", "singapore", "tokyo", "seoul"] as const;

/** One of the relay's regions. */
export type RelayRegion = (typeof relayRegions)[number];

/** Where callers are, each beside a Meridian of its own. */
export interface City {
  readonly name: string;
  /** What the edge says of its callers, ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Of all calls. Assumed. */
  readonly share: number;
  /** Of its prompts. Assumed. */
  readonly languages: Readonly<Partial<Record<Language, number>>>;
  /** There and back, in milliseconds: the order of magnitude that cloud providers publish between regions. */
  readonly roundTripMs: Readonly<Record<RelayRegion, number>>;
}

/** The cities of the case. */
export const cities: readonly City[] = [
  {
    name: "Jakarta",
    country: "ID",
    share: 0.44,
    languages: { en: 0.5, id: 0.5 },
    roundTripMs: { "us-east": 230, singapore: 15, tokyo: 85, seoul: 95 },
  },
  {
    name: "Ho Chi Minh City",
    country: "VN",
    share: 0.25,
    languages: { en: 0.5, vi: 0.5 },
    roundTripMs: { "us-east": 240, singapore: 35, tokyo: 75, seoul: 80 },
  },
  {
    name: "Seoul",
    country: "KR",
    share: 0.31,
    languages: { en: 0.5, ko: 0.5 },
    roundTripMs: { "us-east": 180, singapore: 72, tokyo: 33, seoul: 3 },
  },
];

/** Of the prompts, in every city. */
export const classShares: Readonly<Record<PromptClass, number>> = { lookup: 0.68, middling: 0.24, complex: 0.08 };

/** A model at the relay. */
export interface CaseModel {
  readonly id: string;
  /** List price, as published and as Meridian's built-in catalogue has it. */
  readonly usdPerMillionOutputTokens: number;
  /** From the request at the relay to the first content, median, in milliseconds. Assumed. */
  readonly firstTokenMs: number;
  /** What the relay allows, all regions together. Published for deepseek-v3.2. */
  readonly requestsPerMinute?: number;
}

/** The models of the case. */
export const caseModels: readonly CaseModel[] = [
  { id: "gpt-4.1", usdPerMillionOutputTokens: 8, firstTokenMs: 40 },
  { id: "claude-sonnet-4.5", usdPerMillionOutputTokens: 15, firstTokenMs: 40 },
  { id: "gemini-2.5-flash", usdPerMillionOutputTokens: 2.5, firstTokenMs: 20 },
  { id: "deepseek-v3.2", usdPerMillionOutputTokens: 0.42, firstTokenMs: 20, requestsPerMinute: 1_200 },
];

/** How the time to the first token varies: sigma of a log-normal, so that the p95 is about twice the median. Assumed. */
export const firstTokenSpread = 0.4;

/** Of an answer, whatever the class and the model; even between the two. Their mean is what the published bill comes to. */
export const answerTokens = { least: 22, most: 90 } as const;

/** The relay bills 1 CNY for 1 USD of list price, which was published. The rate to USD is assumed. */
export const cnyPerUsd = 7.2;

/**
 * What goes wrong at the relay, as a share of the calls that it gets: 2.1 % in all, which was published. The mix is assumed.
 * There is no 429 in it: those come from the limits that are played.
 */
export const faultShares: Readonly<Record<string, number>> = {
  "status-503": 0.015,
  "status-500": 0.002,
  "status-502": 0.001,
  reset: 0.002,
  // Never answered: the caller, or Meridian, gives up.
  silent: 0.0007,
  // After content was sent: nobody but the caller can begin anew.
  "cut;after=3": 0.0003,
};

/** How long callers wait for a whole answer, in milliseconds. */
export const callerTimeoutMs = 30_000;
