/** A name, and how often it came. */
export interface Tallied {
  readonly name: string;
  readonly count: number;
}

/** Names beyond these are counted together: a file of any size takes bounded memory. */
const maxNames = 1_000;
const others = "(others)";

/** Counts names. */
export interface Tally {
  add(name: string, by?: number): void;
  of(name: string): number;
  /** The most frequent first, equals by name. */
  sorted(): readonly Tallied[];
}

/** Creates a tally. */
export function createTally(): Tally {
  const counts = new Map<string, number>();
  return {
    add(name, by = 1) {
      const counted = counts.has(name) || counts.size < maxNames ? name : others;
      counts.set(counted, (counts.get(counted) ?? 0) + by);
    },
    of: (name) => counts.get(name) ?? 0,
    sorted: () =>
      [...counts]
        .map(([name, count]) => ({ name, count }))
        .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
  };
}
