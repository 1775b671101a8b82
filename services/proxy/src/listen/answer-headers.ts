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
  checkName(name);
  if (typeof value === "object") for (const each of value) validateHeaderValue(name, each);
  else if (typeof value === "string" && !isPlain(value)) validateHeaderValue(name, value);
}

/** Names that were checked: those of answers are few. */
const checkedNames = new Set<string>();
const maxCheckedNames = 128;

function checkName(name: string): void {
  if (checkedNames.has(name)) return;
  validateHeaderName(name);
  if (checkedNames.size < maxCheckedNames) checkedNames.add(name);
}

/** Whether it is short, and nothing but visible ASCII: most values are, and this takes half the time that Node takes. */
function isPlain(value: string): boolean {
  if (value.length > maxPlain) return false;
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit < 0x20 || unit > 0x7e) return false;
  }
  return true;
}

const maxPlain = 64;

let [dateSecond, date] = [0, ""];

/** The time of day as headers have it (RFC 9110, section 5.6.7), made once a second. */
export function dateNow(): string {
  const now = Date.now();
  const second = Math.floor(now / 1_000);
  if (second !== dateSecond) [dateSecond, date] = [second, new Date(now).toUTCString()];
  return date;
}
