import type { Clock } from "@meridian/core";

/**
 * The same items, and a filler every `intervalMs` until the first of them is there: what stands between may close a
 * connection that says nothing. 0: no filler.
 */
export async function* keptAlive<T>(
  items: AsyncIterable<T>,
  filler: () => T,
  intervalMs: number,
  clock: Pick<Clock, "schedule">,
): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    const first = iterator.next();
    while (intervalMs > 0 && (await isLate(first, intervalMs, clock))) yield filler();
    for (let next = await first; next.done !== true; next = await iterator.next()) yield next.value;
  } finally {
    // Not awaited: where nobody waits for the first item any more, this comes back only after it.
    iterator.return?.().catch(() => {});
  }
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
