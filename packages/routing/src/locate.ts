import type { Location } from "@meridian/core";
import { isPublicAddress } from "./is-public-address.js";
import { parseAddress, parsePeerAddress } from "./parse-address.js";

/** What is known of where a request came from. */
export interface LocationHints {
  /** The value of a request header by its lower-case name; several of one name joined by commas. */
  header(name: string): string | undefined;
  /** The address at the other end of the socket; undefined where there is none. */
  readonly peerAddress: string | undefined;
  /** Whether what a peer says about its caller is believed. Gets an address in the normal form of `parseAddress`. */
  isTrusted(address: string): boolean;
  /** The country of a public address by an IP database; undefined where it has none. */
  lookupCountry(address: string): string | undefined;
}

/** The country of a caller that nobody knows. */
export const defaultCountry = "DEFAULT";

/** In the order that they are asked. */
const countryHeaders = ["cf-ipcountry", "x-vercel-ip-country", "cloudfront-viewer-country"] as const;

/**
 * Headers with the client's address alone, in the order that they are asked. They come before `x-forwarded-for`,
 * because the edge that sets one has seen the client itself, and its own address need not be among the trusted ones.
 */
const clientAddressHeaders = ["cf-connecting-ip", "fly-client-ip"] as const;

const maxForwardedLength = 4096;
const maxForwardedHops = 32;

/**
 * Finds the caller's country and address. Headers count only where the peer is trusted: first the country headers, then
 * the address that the peer tells, else the peer's own, looked up in the IP database. Never throws on hostile headers.
 */
export function locate(hints: LocationHints): Location {
  const peer = hints.peerAddress === undefined ? undefined : parsePeerAddress(hints.peerAddress);
  const trusted = peer !== undefined && hints.isTrusted(peer);
  const clientAddress = (trusted ? toldAddress(hints) : undefined) ?? peer;
  if (trusted) {
    for (const name of countryHeaders) {
      const country = parseCountry(hints.header(name));
      if (country !== undefined) return { country, source: name, clientAddress };
    }
  }
  if (clientAddress !== undefined && isPublicAddress(clientAddress)) {
    const country = parseCountry(hints.lookupCountry(clientAddress));
    if (country !== undefined) return { country, source: "ip_database", clientAddress };
  }
  return { country: defaultCountry, source: "none", clientAddress };
}

/** Two letters, ISO 3166-1 alpha-2. "XX" and "ZZ" say "unknown"; Cloudflare's "T1" (Tor) is not two letters. */
function parseCountry(value: string | undefined): string | undefined {
  // The length is looked at first, so that an over-long value costs nothing.
  if (value === undefined || value.length > 16) return undefined;
  const letters = value.trim();
  const country = letters.toUpperCase();
  // Other scripts have letters that become two of these in capitals, such as the sharp s.
  return /^[A-Za-z]{2}$/.test(letters) && country !== "XX" && country !== "ZZ" ? country : undefined;
}

function toldAddress(hints: LocationHints): string | undefined {
  for (const name of clientAddressHeaders) {
    const value = hints.header(name);
    const address = value === undefined ? undefined : parseAddress(value);
    if (address !== undefined) return address;
  }
  const forwarded = hints.header("x-forwarded-for");
  return forwarded === undefined ? undefined : forwardedAddress(forwarded, hints);
}

/**
 * The right-most hop that is not trusted: what stands left of it anybody may have written. Where every hop is trusted,
 * the caller is one of us, the left-most. A hop that is no address ends the search, for nobody vouches for the rest.
 */
function forwardedAddress(value: string, hints: LocationHints): string | undefined {
  const hops = value.slice(-maxForwardedLength).split(",");
  // The first hop of a shortened value may be half a hop.
  if (value.length > maxForwardedLength) hops.shift();
  let leftMost: string | undefined;
  for (const hop of hops.slice(-maxForwardedHops).reverse()) {
    if (hop.trim() === "") continue;
    const address = parseAddress(hop);
    if (address === undefined) return undefined;
    if (!hints.isTrusted(address)) return address;
    leftMost = address;
  }
  return leftMost;
}
