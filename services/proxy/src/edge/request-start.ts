/** A start that lies further back than this is a mistake, in milliseconds. */
const maxAgeMs = 3_600_000;

/**
 * When a trusted edge says that a request began, in milliseconds since 1970-01-01 UTC; undefined where the header says
 * nothing usable. Seconds (nginx's `t=1700000000.123`), milliseconds and microseconds are told apart by their size.
 */
export function parseRequestStart(value: string | undefined, nowMs: number): number | undefined {
  const digits = value === undefined ? undefined : /^(?:t=)?(\d{10,16}(?:\.\d{1,6})?)$/.exec(value.trim())?.[1];
  if (digits === undefined) return undefined;
  const number = Number(digits);
  const startMs = number < 1e11 ? number * 1000 : number < 1e14 ? number : number / 1000;
  return startMs <= nowMs && nowMs - startMs <= maxAgeMs ? startMs : undefined;
}
