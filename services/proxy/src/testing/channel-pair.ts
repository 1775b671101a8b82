import type { Channel } from "../workers/worker-link.js";

/** Both ends of a channel in one process. Messages are copied, as between processes. */
export interface ChannelPair {
  readonly left: Channel;
  readonly right: Channel;
  /** Both ends are told that the other is gone. */
  close(): void;
}

/** Makes the two ends of a channel. */
export function createChannelPair(): ChannelPair {
  const onClosed = new Set<() => void>();
  const toLeft = new Set<(message: unknown) => void>();
  const toRight = new Set<(message: unknown) => void>();
  const end = (heard: typeof toLeft, told: typeof toLeft): Channel => ({
    send(message) {
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => {
        for (const listener of told) listener(copy);
      });
    },
    onMessage: (callback) => void heard.add(callback),
    onClosed: (callback) => void onClosed.add(callback),
  });
  return {
    left: end(toLeft, toRight),
    right: end(toRight, toLeft),
    close() {
      for (const callback of onClosed) callback();
    },
  };
}
