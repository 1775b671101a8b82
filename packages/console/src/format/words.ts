const countries = new Intl.DisplayNames("en", { type: "region", fallback: "code" });

/** A word of the contract as people write it: "rate_limited" is "rate limited". */
export function plainWord(word: string): string {
  return word.replaceAll("_", " ");
}

/** A region in words: "ID" is "Indonesia", "DEFAULT" everywhere else. */
export function regionName(code: string): string {
  if (code === "") return "All regions";
  return code === "DEFAULT" ? "Elsewhere" : countryName(code);
}

/** A country in words; its code where nobody knows it. */
export function countryName(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (countries.of(code) ?? code) : code;
}

/** "1 call", "2 calls". */
export function counted(count: bigint | number, one: string, many = `${one}s`): string {
  return `${Number(count).toLocaleString("en")} ${Number(count) === 1 ? one : many}`;
}
