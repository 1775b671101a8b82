import type { Clock } from "@meridian/core";

/**
 * The same items, and a filler every `intervalMs` until the first of them is there: what stands between may close a
 * connection that says nothing. 0: no filler.
 */
export function keptAlive<T>(
  items: AsyncIterable<T>,
  filler: () => T,
  intervalMs: number,
  clock: Pick<Clock, "schedule">,
): AsyncIterableIterator<T, void> {
  const iterator = items[Symbol.asyncIterator]();
  let first: Promise<IteratorResult<T>> | undefined;
  let hasBegun = intervalMs === 0;
  const nextOrFiller = async (): Promise<IteratorResult<T>> => {
    first ??= iterator.next();
    if (await isLate(first, intervalMs, clock)) return { done: false, value: filler() };
    hasBegun = true;
    return first;
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    // Nothing stands between from the first item on: a generator here is felt with every item of a stream.
    next: () => (hasBegun ? iterator.next() : nextOrFiller()),
    async return() {
      // Not awaited: where nobody waits for the first item any more, this comes back only after it.
      iterator.return?.().catch(() => {});
      return { done: true, value: undefined };
    },
  };
}

function isLate(item: Promise<unknown>, limitMs: number, clock: Pick<Clock, "schedule">): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(limitMs, () => resolve(true));
    const onSettled = () => {
      cancel();
      resolve(false);
    };
    item.then(onSettled, onSettled);
  });
}
