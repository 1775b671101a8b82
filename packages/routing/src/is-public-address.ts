/**
 * Whether an address in the normal form of `parseAddress` may belong to a place: not loopback, private, link-local,
 * shared (RFC 6598), multicast, reserved or unspecified. See the IANA special-purpose address registries.
 */
export function isPublicAddress(address: string): boolean {
  return address.includes(":") ? isPublicIpv6(address) : isPublicIpv4(address);
}

function isPublicIpv4(address: string): boolean {
  const first = Number.parseInt(address, 10);
  const second = Number.parseInt(address.slice(address.indexOf(".") + 1), 10);
  if (first === 0 || first === 10 || first === 127 || first >= 224) return false;
  if (first === 100) return second < 64 || second > 127;
  if (first === 169) return second !== 254;
  if (first === 172) return second < 16 || second > 31;
  return !(first === 192 && second === 168);
}

function isPublicIpv6(address: string): boolean {
  // Global unicast is 2000::/3; a first group below it is written short, or not at all before "::".
  const first = Number.parseInt(address.split(":")[0] || "0", 16);
  return first >= 0x2000 && first <= 0x3fff;
}
