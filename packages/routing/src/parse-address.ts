/** The longest text that is looked at: an IPv6 address with brackets, a zone id and a port. */
const maxAddressLength = 100;

/**
 * Reads an IP address as proxies write it and returns its one normal form; undefined for anything else. Brackets, a
 * port and an IPv6 zone id are dropped, an IPv4-mapped address (`::ffff:192.0.2.1`) becomes IPv4, and IPv6 is written
 * as RFC 5952 says. An IPv6 address with a port needs its brackets.
 */
export function parseAddress(text: string): string | undefined {
  if (text.length > maxAddressLength) return undefined;
  const address = withoutPort(text.trim());
  if (!address.includes(":")) return parseIpv4(address)?.join(".");
  const groups = parseIpv6(address.replace(/%[\w.~-]+$/, ""));
  if (groups === undefined) return undefined;
  const [, , , , , mark = 0, high = 0, low = 0] = groups;
  if (mark === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
  }
  return formatIpv6(groups);
}

/**
 * The same of the address at the other end of a socket, which the system writes. One of IPv4 is in that form already; it is given as it
 * is, which a part of a header must not be: whoever keeps it would keep the header.
 */
export function parsePeerAddress(text: string): string | undefined {
  if (ipv4.test(text)) return text;
  // Of a socket that listens to both kinds.
  const mapped = text.startsWith(mappedPrefix) ? text.slice(mappedPrefix.length) : "";
  return ipv4.test(mapped) ? mapped : parseAddress(text);
}

function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1];
  if (bracketed !== undefined) return bracketed.includes(":") ? bracketed : "";
  return /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
}

const mappedPrefix = "::ffff:";

/** A byte in decimal, without a leading zero, which some readers take for octal. */
const byte = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = new RegExp(`^(?:${byte}\\.){3}${byte}$`);

function parseIpv4(text: string): readonly number[] | undefined {
  return ipv4.test(text) ? text.split(".").map(Number) : undefined;
}

/** The eight 16-bit groups of an IPv6 address, see RFC 4291 section 2.2. */
function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  // "::" stands for at least one group.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function groupsOf(text: string, mayEndInIpv4: boolean): readonly number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const ipv4 = mayEndInIpv4 && index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (ipv4 === undefined) return undefined;
    const [first = 0, second = 0, third = 0, fourth = 0] = ipv4;
    groups.push(first * 256 + second, third * 256 + fourth);
  }
  return groups;
}

/** See RFC 5952 section 4: lower case, no leading zeros, the first of the longest runs of zeros as "::". */
function formatIpv6(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let from = 0; from < groups.length; from++) {
    let to = from;
    while (groups[to] === 0) to++;
    if (to - from > length) {
      start = from;
      length = to - from;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}
