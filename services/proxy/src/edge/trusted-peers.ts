import { BlockList, isIPv6 } from "node:net";

/** Addresses that are remembered: calls come from few, and looking one up costs as much as planning half a route. */
const maxKnown = 1_000;

/** Whether an address is in one of the networks, given in CIDR form (RFC 4632). */
export function createTrustedPeers(networks: readonly string[]): (address: string) => boolean {
  let list: BlockList | undefined;
  const known = new Map<string, boolean>();
  return (address) => {
    const before = known.get(address);
    if (before !== undefined) return before;
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
    // With the first call: Node loads and compiles a good deal for it.
    list ??= listOf(networks);
    const isTrusted = list.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
    if (known.size >= maxKnown) known.clear();
    known.set(address, isTrusted);
    return isTrusted;
  };
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix = ""] = network.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    list.addSubnet(address, prefix === "" ? (family === "ipv6" ? 128 : 32) : Number(prefix), family);
  }
  return list;
}
