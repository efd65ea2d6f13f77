/** Which addresses a compute node may have: what a job claims to be its node is not believed blindly. */
import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { BlockList, isIPv6 } from "node:net";

/** Places that mean something else on this machine than on a node, or no machine at all. */
const SPECIAL = new BlockList();
for (const [address, bits] of [
  ["0.0.0.0", 8],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["224.0.0.0", 3],
] as const)
  SPECIAL.addSubnet(address, bits, "ipv4");
for (const [address, bits] of [
  ["::", 127],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  SPECIAL.addSubnet(address, bits, "ipv6");

/** It is no address that a node can have. */
export class NotANode extends Error {
  override readonly name = "NotANode";
}

/**
 * The addresses of `host`. Loopback, link-local and the like are refused, unless what the cluster
 * itself calls the job's node (`node`) is that very address: one machine may be gateway and node at once.
 * @throws NotANode, or the resolver's error.
 */
export async function resolveNode(host: string, node: string | null): Promise<readonly LookupAddress[]> {
  const found = await lookup(host, { all: true });
  if (!found.some(({ address }) => isSpecial(address))) return found;
  const own = node === null ? [] : await lookup(node, { all: true });
  const isOwn = (address: string) => own.some((entry) => entry.address === address);
  if (found.every(({ address }) => !isSpecial(address) || isOwn(address))) return found;
  throw new NotANode(`${host} is not the address of a node`);
}

/** @param address an IP address, no name */
export function isSpecial(address: string): boolean {
  return SPECIAL.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
