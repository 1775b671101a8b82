import { describe, expect, test } from "vitest";
import { locate } from "./locate.js";

interface Case {
  readonly name: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly peer?: string;
  readonly country: string;
  readonly source: string;
  readonly clientAddress: string | undefined;
}

const countries: Readonly<Record<string, string>> = {
  "198.51.100.1": "id",
  "203.0.113.7": "KR",
  "2001:db8::7": "VN",
  "192.0.2.9": "None",
  // A database with a country for a private address must not be believed.
  "10.0.0.9": "US",
};

/** The load balancer is 10.0.0.0/8; 198.51.100.1 is an edge of its owner. */
function isTrusted(address: string): boolean {
  return address.startsWith("10.") || address === "198.51.100.1";
}

function locateFrom({ headers, peer }: Pick<Case, "headers" | "peer">, lookups: string[] = []) {
  return locate({
    header: (name) => headers?.[name],
    peerAddress: peer,
    isTrusted,
    lookupCountry: (address) => {
      lookups.push(address);
      return countries[address];
    },
  });
}

const lb = "10.0.0.1";

describe("locate", () => {
  const none = { country: "DEFAULT", source: "none" };
  const cases: readonly Case[] = [
    {
      name: "believes Cloudflare's country from a trusted peer",
      headers: { "cf-ipcountry": "ID" },
      peer: lb,
      country: "ID",
      source: "cf-ipcountry",
      clientAddress: lb,
    },
    {
      name: "takes a country in small letters and spaces",
      headers: { "x-vercel-ip-country": " vn " },
      peer: lb,
      country: "VN",
      source: "x-vercel-ip-country",
      clientAddress: lb,
    },
    {
      name: "takes CloudFront's country",
      headers: { "cloudfront-viewer-country": "SG" },
      peer: lb,
      country: "SG",
      source: "cloudfront-viewer-country",
      clientAddress: lb,
    },
    {
      name: "asks the country headers in their order",
      headers: { "cloudfront-viewer-country": "SG", "x-vercel-ip-country": "VN", "cf-ipcountry": "ID" },
      peer: lb,
      country: "ID",
      source: "cf-ipcountry",
      clientAddress: lb,
    },
    {
      name: "goes on after Cloudflare's unknown",
      headers: { "cf-ipcountry": "XX", "x-vercel-ip-country": "VN" },
      peer: lb,
      country: "VN",
      source: "x-vercel-ip-country",
      clientAddress: lb,
    },
    {
      name: "goes on after Tor, to the address",
      headers: { "cf-ipcountry": "T1", "x-forwarded-for": "203.0.113.7" },
      peer: lb,
      country: "KR",
      source: "ip_database",
      clientAddress: "203.0.113.7",
    },
    {
      name: "goes on after three letters",
      headers: { "cf-ipcountry": "IDN" },
      peer: lb,
      ...none,
      clientAddress: lb,
    },
    {
      name: "goes on after a letter that is two in capitals",
      headers: { "cf-ipcountry": "\u00df" },
      peer: lb,
      ...none,
      clientAddress: lb,
    },
    {
      name: "goes on after a repeated header",
      headers: { "cf-ipcountry": "ID, VN", "x-vercel-ip-country": "KR" },
      peer: lb,
      country: "KR",
      source: "x-vercel-ip-country",
      clientAddress: lb,
    },
    {
      name: "goes on after an over-long value",
      headers: { "cf-ipcountry": `${" ".repeat(100_000)}ID` },
      peer: lb,
      ...none,
      clientAddress: lb,
    },
    {
      name: "has the client's address next to a country header",
      headers: { "cf-ipcountry": "ID", "cf-connecting-ip": "203.0.113.7" },
      peer: lb,
      country: "ID",
      source: "cf-ipcountry",
      clientAddress: "203.0.113.7",
    },
    {
      name: "believes no header of an untrusted peer",
      headers: { "cf-ipcountry": "ID", "cf-connecting-ip": "198.51.100.1", "x-forwarded-for": "198.51.100.1" },
      peer: "203.0.113.7",
      country: "KR",
      source: "ip_database",
      clientAddress: "203.0.113.7",
    },
    {
      name: "believes no header without a peer",
      headers: { "cf-ipcountry": "ID", "x-forwarded-for": "203.0.113.7" },
      ...none,
      clientAddress: undefined,
    },
    {
      name: "asks the edge's own header before x-forwarded-for",
      headers: { "cf-connecting-ip": "203.0.113.7", "fly-client-ip": "192.0.2.9", "x-forwarded-for": "192.0.2.10" },
      peer: lb,
      country: "KR",
      source: "ip_database",
      clientAddress: "203.0.113.7",
    },
    {
      name: "asks Fly's header next",
      headers: { "cf-connecting-ip": "nonsense", "fly-client-ip": "203.0.113.7", "x-forwarded-for": "192.0.2.10" },
      peer: lb,
      country: "KR",
      source: "ip_database",
      clientAddress: "203.0.113.7",
    },
    {
      name: "takes the right-most hop that is not trusted",
      headers: { "x-forwarded-for": "192.0.2.66, 203.0.113.7, 198.51.100.1, 10.0.0.2" },
      peer: lb,
      country: "KR",
      source: "ip_database",
      clientAddress: "203.0.113.7",
    },
    {
      name: "takes the left-most hop where all are trusted",
      headers: { "x-forwarded-for": "198.51.100.1, 10.0.0.2" },
      peer: lb,
      country: "ID",
      source: "ip_database",
      clientAddress: "198.51.100.1",
    },
    {
      name: "skips empty hops",
      headers: { "x-forwarded-for": ", 203.0.113.7, ," },
      peer: lb,
      country: "KR",
      source: "ip_database",
      clientAddress: "203.0.113.7",
    },
    {
      name: "stops at a hop that is no address",
      headers: { "x-forwarded-for": "203.0.113.7, unknown, 10.0.0.2" },
      peer: lb,
      ...none,
      clientAddress: lb,
    },
    {
      name: "reads ports and brackets in hops",
      headers: { "x-forwarded-for": "[2001:db8::7]:4711, 10.0.0.2:80" },
      peer: lb,
      country: "VN",
      source: "ip_database",
      clientAddress: "2001:db8::7",
    },
    {
      name: "takes a mapped peer for IPv4, trust included",
      headers: { "cf-ipcountry": "ID" },
      peer: "::ffff:10.0.0.1",
      country: "ID",
      source: "cf-ipcountry",
      clientAddress: lb,
    },
    {
      name: "looks the peer up where there is nothing else",
      peer: "::ffff:203.0.113.7",
      country: "KR",
      source: "ip_database",
      clientAddress: "203.0.113.7",
    },
    { name: "knows no country of a database's odd word", peer: "192.0.2.9", ...none, clientAddress: "192.0.2.9" },
    { name: "knows no country of an unlisted address", peer: "192.0.2.10", ...none, clientAddress: "192.0.2.10" },
    { name: "knows no country of a private peer", peer: "10.0.0.9", ...none, clientAddress: "10.0.0.9" },
    { name: "knows no country of loopback", peer: "::1", ...none, clientAddress: "::1" },
    { name: "survives a peer that is no address", peer: "/run/socket", ...none, clientAddress: undefined },
  ];
  test.each(cases)("$name", ({ headers, peer, country, source, clientAddress }) => {
    const from = { ...(headers && { headers }), ...(peer && { peer }) };
    expect(locateFrom(from)).toEqual({ country, source, clientAddress });
  });

  test("asks the database for public addresses only", () => {
    const lookups: string[] = [];
    for (const peer of ["127.0.0.1", "10.0.0.9", "::1", "fe80::1%eth0", "192.168.0.1"]) locateFrom({ peer }, lookups);
    expect(lookups).toEqual([]);
  });

  test("looks at no more than 32 hops of a hostile header", () => {
    let asked = 0;
    const location = locate({
      header: (name) => (name === "x-forwarded-for" ? "10.0.0.2,".repeat(100_000) : undefined),
      peerAddress: lb,
      isTrusted: () => {
        asked++;
        return true;
      },
      lookupCountry: () => undefined,
    });
    expect(location).toEqual({ country: "DEFAULT", source: "none", clientAddress: "10.0.0.2" });
    // One for the peer; the last of the 32 is the empty hop after the comma.
    expect(asked).toBe(32);
  });

  test("drops the hop that shortening cut in half", () => {
    // Shortened to 4,096 characters, the value begins within the first address, with "3.0.113.7".
    const filler = ",".repeat(4096 - "3.0.113.7".length);
    expect(locateFrom({ headers: { "x-forwarded-for": `203.0.113.7${filler}` }, peer: lb }).clientAddress).toBe(lb);
  });
});
