/** The ticks of an axis from 0: about `count` round numbers, the last at or above `maximum`. */
export function ticksTo(maximum: number, count: number): readonly number[] {
  if (maximum <= 0) return [0, 1];
  const rough = maximum / count;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * magnitude >= rough) ?? 10) * magnitude;
  const last = Math.ceil(maximum / step - 1e-9);
  return Array.from({ length: last + 1 }, (_, index) => index * step);
}

const roundSeconds = [10, 30, 60, 120, 300, 600, 900, 1_800];

/** The times to write below a chart: round ones, not nearer to each other than `minGap` pixels. In milliseconds. */
export function timeTicks(startMs: number, endMs: number, width: number, minGap: number): readonly number[] {
  const seconds = (endMs - startMs) / 1_000;
  const step = roundSeconds.find((each) => (each / seconds) * width >= minGap) ?? seconds;
  const first = Math.ceil(startMs / 1_000 / step) * step * 1_000;
  const ticks: number[] = [];
  for (let at = first; at <= endMs; at += step * 1_000) ticks.push(at);
  return ticks;
}
