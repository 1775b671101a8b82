import { type RelayRegion, relayRegions } from "./assumptions.js";

/** A way of answering the traffic. */
export interface Variant {
  readonly name: VariantName;
  /** What of the default policy is switched off, or on, in a few words. */
  readonly description: string;
  /** The relay's regions that are used. */
  readonly regions: readonly RelayRegion[];
  /** Meridian's configuration beside its endpoints, as YAML; null: callers ask the relay itself. */
  readonly config: string | null;
}

/** The names of all variants. */
export const variantNames = [
  "before",
  "after",
  "without region",
  "without complexity",
  "without fallback",
  "with cache",
] as const;

/** The name of a variant. */
export type VariantName = (typeof variantNames)[number];

/** Every model that Meridian would choose is the one of before. What regions say of length and temperature stays. */
const oneModel = `
routing: { tiers: { low: gpt-4.1, high: gpt-4.1 } }
regions:
  ID: { model: gpt-4.1 }
  VN: { model: gpt-4.1 }
  KR: { model: gpt-4.1 }
  DEFAULT: { model: gpt-4.1 }
`;

/** The variants of the case: before, after, and after with one thing switched. */
export const variants: readonly Variant[] = [
  {
    name: "before",
    description: "gpt-4.1 in US-East, called directly, no retries",
    regions: ["us-east"],
    config: null,
  },
  { name: "after", description: "Meridian as it ships, the relay's four regions", regions: relayRegions, config: "" },
  { name: "without region", description: "US-East alone", regions: ["us-east"], config: "" },
  { name: "without complexity", description: "gpt-4.1 for every call", regions: relayRegions, config: oneModel },
  {
    name: "without fallback",
    description: "one attempt a call",
    regions: relayRegions,
    config: "dispatch: { retry: { maxAttempts: 1 } }",
  },
  { name: "with cache", description: "cache: {}, which is off by default", regions: relayRegions, config: "cache: {}" },
];

/** The configuration of a Meridian that has these endpoints. */
export function configOf(variant: Variant, baseUrls: Readonly<Record<string, string>>): string {
  const endpoints = variant.regions.map(
    (region) =>
      `  - { name: ${region}, baseUrl: "${baseUrls[region]}", credentials: [{ name: key, key: "\${env:CASE_RELAY_KEY}" }] }`,
  );
  return `endpoints:\n${endpoints.join("\n")}\n${variant.config ?? ""}\n`;
}
