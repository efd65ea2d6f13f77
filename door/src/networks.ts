/** Addresses and lists of networks, as OpenSSH writes them: "192.0.2.0/24,2001:db8::/32,198.51.100.7". */
import { BlockList, isIP, isIPv4 } from "node:net";

/** False also for a list that cannot be understood whole: what restricts must not be misread. */
export function matchesNetworks(address: string, list: string): boolean {
  const plain = toPlainAddress(address);
  const block = new BlockList();
  for (const entry of list.split(",")) {
    const [network = "", bits, ...more] = entry.split("/");
    const family = isIP(network);
    const most = family === 4 ? 32 : 128;
    const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (family === 0 || more.length > 0 || !(length <= most)) return false;
    // A network with bits beyond its mask is a mistake: OpenSSH refuses it, too.
    if ((toNumber(network) & ((1n << BigInt(most - length)) - 1n)) !== 0n) return false;
    block.addSubnet(network, length, family === 4 ? "ipv4" : "ipv6");
  }
  return block.check(plain, isIPv4(plain) ? "ipv4" : "ipv6");
}

/** "::ffff:192.0.2.1" is 192.0.2.1, seen by a socket that takes both families. */
export function toPlainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address;
}

function toNumber(address: string): bigint {
  const bits = isIPv4(address) ? 8n : 16n;
  const groups = isIPv4(address) ? address.split(".").map(BigInt) : toGroups(address).map((group) => BigInt(`0x${group}`));
  return groups.reduce((number, group) => (number << bits) | group, 0n);
}

/** All eight groups of an IPv6 address. */
function toGroups(address: string): string[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const [, start = "", ...bytes] = dotted ?? [];
  const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
  const plain = dotted === null ? address : `${start}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  const [head = "", tail = ""] = plain.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const zeros = plain.includes("::") ? Math.max(0, 8 - before.length - after.length) : 0;
  return [...before, ...Array<string>(zeros).fill("0"), ...after];
}

/** One household or host has a whole IPv6 /56 (RFC 6177): it counts as one address. */
export function toNetwork(address: string): string {
  const plain = toPlainAddress(address);
  if (isIP(plain) !== 6) return plain;
  const [a, b, c, d = "0"] = toGroups(plain);
  return [a, b, c, (Number.parseInt(d, 16) & 0xff00).toString(16)].join(":");
}
