/** What the world is told: `begin`: what follows counts, and has faults; `bill`: say what was billed since. */
export type WorldRequest = "begin" | "bill";

/** Where the relay's regions are, seen from each city: a base URL by city and region. */
export type WorldMap = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What the relay bills: calls, and tokens of their answers, by model. What it never answered costs nothing. */
export type RelayBill = Readonly<Record<string, { readonly calls: number; readonly outputTokens: number }>>;
