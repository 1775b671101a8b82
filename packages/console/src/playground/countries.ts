import { countryName } from "../format/words.js";

/** Countries to choose beside those of the region table, so that the rest of the world can be tried too. */
const others = ["AU", "BR", "DE", "FR", "GB", "IN", "JP", "MY", "NG", "PH", "TH", "US"];

/** A country to choose: its code and its name. */
export type CountryOption = readonly [code: string, name: string];

/** The countries to choose from, by name: those with a rule of their own, and some of the others. */
export function countryOptions(configured: readonly string[]): {
  readonly configured: readonly CountryOption[];
  readonly others: readonly CountryOption[];
} {
  const named = (codes: readonly string[]) =>
    codes
      .map((code): CountryOption => [code, countryName(code)])
      .sort(([, left], [, right]) => left.localeCompare(right));
  return { configured: named(configured), others: named(others.filter((code) => !configured.includes(code))) };
}
