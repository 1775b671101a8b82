import { type OutgoingHttpHeaders, validateHeaderName, validateHeaderValue } from "node:http";

/** Throws a TypeError where one of them could be read as more than one, or is none. */
export function checkHeaders(headers: OutgoingHttpHeaders | undefined): void {
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) checkHeader(name, value);
  }
}

/** Throws a TypeError where a header could be read as more than one, or is none. */
export function checkHeader(name: string, value: number | string | readonly string[]): void {
  validateHeaderName(name);
  if (typeof value === "object") for (const each of value) validateHeaderValue(name, each);
  else if (typeof value === "string") validateHeaderValue(name, value);
}

let [dateSecond, date] = [0, ""];

/** The time of day as headers have it (RFC 9110, section 5.6.7), made once a second. */
export function dateNow(): string {
  const now = Date.now();
  const second = Math.floor(now / 1_000);
  if (second !== dateSecond) [dateSecond, date] = [second, new Date(now).toUTCString()];
  return date;
}
