/**
 * The delay that a `retry-after` header asks for, in milliseconds; undefined for a missing or senseless one.
 *
 * @param nowMs the time of day in milliseconds since 1970-01-01 UTC, for the date form
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  // Some relays send fractions of a second, which the standard does not have.
  if (/^\d{1,9}(\.\d{1,6})?$/.test(text)) return Math.ceil(Number(text) * 1000);
  // The three date forms of HTTP begin with a weekday and have a time of day: `Date.parse` would take much else as well.
  if (!/^(mon|tue|wed|thu|fri|sat|sun).* \d\d:\d\d:\d\d( |$)/i.test(text)) return undefined;
  // The oldest form has no zone, and is in GMT like the others.
  const atMs = Date.parse(/ GMT$/i.test(text) ? text : `${text} GMT`);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
