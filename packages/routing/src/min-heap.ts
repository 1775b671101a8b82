/** A binary heap of numbers that gives the lowest first. Reused, so that filling it allocates nothing. */
export interface MinHeap {
  clear(): void;
  /** Must not be called more than `capacity` times between two `clear()`s. */
  push(value: number): void;
  /** Removes the lowest; undefined where there is none. */
  pop(): number | undefined;
}

/** Makes an empty heap. */
export function createMinHeap(capacity: number): MinHeap {
  const values = new Float64Array(capacity);
  let size = 0;
  const at = (index: number) => values[index] ?? Number.POSITIVE_INFINITY;
  return {
    clear() {
      size = 0;
    },
    push(value) {
      let index = size++;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (at(parent) <= value) break;
        values[index] = at(parent);
        index = parent;
      }
      values[index] = value;
    },
    pop() {
      if (size === 0) return undefined;
      const lowest = at(0);
      const last = at(--size);
      let index = 0;
      for (let child = 1; child < size; child = 2 * index + 1) {
        if (child + 1 < size && at(child + 1) < at(child)) child++;
        if (at(child) >= last) break;
        values[index] = at(child);
        index = child;
      }
      values[index] = last;
      return lowest;
    },
  };
}
