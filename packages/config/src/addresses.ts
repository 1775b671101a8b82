import { isIP } from "node:net";

/**
 * A range of addresses in CIDR form (RFC 4632); a single address gets its full prefix length. Undefined where it is
 * neither.
 */
export function parseCidr(value: string): string | undefined {
  const [address = "", prefix, ...rest] = value.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return undefined;
  const longest = version === 4 ? 32 : 128;
  if (prefix === undefined) return `${address}/${longest}`;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest ? `${address}/${Number(prefix)}` : undefined;
}

/** Whether a server can be told to listen on it: an IP address, or a host name (RFC 1123). */
export function isHost(value: string): boolean {
  const label = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
  return isIP(value) !== 0 || (value.length <= 253 && value.split(".").every((part) => label.test(part)));
}

/** Whether only this machine can reach it: 127.0.0.0/8, ::1 or localhost. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return plain === "localhost" || plain === "::1" || (isIP(plain) === 4 && plain.startsWith("127."));
}

/** Whether two listening addresses take the same port away from each other. */
export function hostsOverlap(left: string, right: string): boolean {
  const everywhere = ["0.0.0.0", "::"];
  return left === right || everywhere.includes(left) || everywhere.includes(right);
}

/** Whether it is a browser's origin, `https://app.example.com`, as the Origin header has it (RFC 6454). */
export function isOrigin(value: string): boolean {
  return URL.canParse(value) && /^https?:/.test(value) && new URL(value).origin === value;
}
