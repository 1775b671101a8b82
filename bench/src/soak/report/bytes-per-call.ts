/** What is looked at of a sample at rest. */
interface MemorySample {
  readonly calls: number;
  readonly heldBytes: number;
}

/**
 * How memory at rest grows with the calls, in bytes a call: the slope of the line that fits best (least squares) through the
 * later half of the samples, at least three of them where there are so many. In the earlier half there is still code being
 * compiled and tables growing to their size. One collection that comes out high or low moves the line little.
 */
export function bytesPerCall(samples: readonly MemorySample[]): number {
  const later = samples.slice(Math.max(0, Math.min(Math.floor(samples.length / 2), samples.length - 3)));
  const meanCalls = mean(later.map(({ calls }) => calls));
  const meanBytes = mean(later.map(({ heldBytes }) => heldBytes));
  const spread = later.reduce((sum, { calls }) => sum + (calls - meanCalls) ** 2, 0);
  if (spread === 0) return 0;
  return later.reduce((sum, { calls, heldBytes }) => sum + (calls - meanCalls) * (heldBytes - meanBytes), 0) / spread;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
