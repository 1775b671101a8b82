import type { OutgoingHttpHeaders } from "node:http";
import { staticFields } from "./header-table.js";

/** The names that the standard has numbers for, by their first number. */
const nameNumbers = new Map([...staticFields].reverse().map(({ name }, index) => [name, staticFields.length - index]));

/** What a header begins with, by its name: a literal that nobody keeps (RFC 7541, section 6.2.2). */
const beginnings = new Map<string, string>();
/** More names than answers have; the others are written anew each time. */
const maxBeginnings = 256;

/**
 * The block of some headers, each octet as one character. Nothing is kept in a table: answers cost a hundred bytes more, and no
 * connection a table, in which each header would have to be looked for. The names are in lower case, and both are as HTTP has them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#section-6
 */
export function headerBlockOf(headers: OutgoingHttpHeaders): string {
  let block = "";
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) for (const each of value) block += beginningOf(name) + textOf(each);
    else if (value !== undefined) block += beginningOf(name) + textOf(String(value));
  }
  return block;
}

/** That of the status, which comes before the others. */
export function statusBlockOf(status: number): string {
  const known = knownStatuses.get(status);
  return known ?? beginningOf(":status") + textOf(String(status));
}

const knownStatuses: ReadonlyMap<number, string> = new Map(
  staticFields.flatMap(({ name, value }, index) =>
    name === ":status" ? [[Number(value), String.fromCharCode(0x80 | (index + 1))] as const] : [],
  ),
);

/** Tells a peer that we keep no table, as one does that has asked for a smaller one (RFC 7541, section 4.2). */
export const noTableBlock = "\x20";

function beginningOf(name: string): string {
  const known = beginnings.get(name);
  if (known !== undefined) return known;
  const number = nameNumbers.get(name);
  const beginning = number === undefined ? `\0${textOf(name)}` : numberOf(0x0f, number);
  if (beginnings.size < maxBeginnings) beginnings.set(name, beginning);
  return beginning;
}

/** A text without Huffman's code: to write it takes longer than to send it. */
function textOf(text: string): string {
  return text.length < 0x7f ? (lengths[text.length] ?? "") + text : numberOf(0x7f, text.length) + text;
}

const lengths = Array.from({ length: 0x7f }, (_, length) => String.fromCharCode(length));

/** See RFC 7541, section 5.1. The bits above the number are zeros. */
function numberOf(mask: number, number: number): string {
  if (number < mask) return String.fromCharCode(number);
  let text = String.fromCharCode(mask);
  let rest = number - mask;
  for (; rest >= 0x80; rest >>>= 7) text += String.fromCharCode(0x80 | (rest & 0x7f));
  return text + String.fromCharCode(rest);
}
