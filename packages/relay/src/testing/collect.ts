/** What an iterable gave in batches, and what it threw; `error` is undefined where it ended. */
export interface Collected<T> {
  readonly events: readonly T[];
  readonly error: unknown;
}

/** Reads an iterable to its end, whichever it is. */
export async function collect<T>(iterable: AsyncIterable<readonly T[]>): Promise<Collected<T>> {
  const events: T[] = [];
  try {
    for await (const batch of iterable) events.push(...batch);
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}
