/** What an iterable gave, and what it threw; `error` is undefined where it ended. */
export interface Collected<T> {
  readonly events: readonly T[];
  readonly error: unknown;
}

/** Reads an iterable to its end, whichever it is. */
export async function collect<T>(iterable: AsyncIterable<T>): Promise<Collected<T>> {
  const events: T[] = [];
  try {
    for await (const event of iterable) events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}
