/**
 * The same events, but `return()` calls `close` first. A generator's own `return()` waits for the read under way, and
 * before the first read it runs nothing at all, so that what the generator would close stays open.
 */
export function leavingAtOnce<T>(events: AsyncGenerator<T>, close: () => void): AsyncIterable<T> {
  const iterator: AsyncIterator<T> = {
    next: () => events.next(),
    return: () => {
      close();
      return events.return(undefined);
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
