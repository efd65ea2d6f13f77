// The testbed's Ethernet: one bridge, whose host end is the gateway, and one cable per node.
import { existsSync, readFileSync } from "node:fs";
import { mustRun, runCommand } from "./command.ts";
import type { Layout, NodePlan } from "./layout.ts";

/** Third bytes of 10.78.N.0/24 that some interface of the host has. */
export async function listTakenOctets(): Promise<Set<number>> {
  const addresses = await mustRun(["ip", "-4", "-o", "addr", "show"]);
  return new Set([...addresses.matchAll(/ inet 10\.78\.(\d+)\./g)].map((match) => Number(match[1])));
}

export async function ensureBridge(layout: Layout): Promise<void> {
  const { bridge, gateway } = layout;
  const create = hasLink(bridge) ? "" : `link add ${bridge} type bridge\n`;
  await mustRun(["ip", "-batch", "-"], { stdin: `${create}addr replace ${gateway}/24 dev ${bridge}\nlink set ${bridge} up\n` });
}

/** Plugs a node in: a cable whose node end is its eth0 and which goes when the node goes. */
export async function attachNode(layout: Layout, node: NodePlan, initPid: number): Promise<void> {
  // The kernel takes a moment to remove the cable of a node that has just died.
  await removeLink(node.link);
  await mustRun(["ip", "link", "add", node.link, "type", "veth", "peer", "name", "eth0", "address", node.mac, "netns", String(initPid)]);
  // slurmdbd before 23.x sends an answer in small pieces and waits 40 ms for each acknowledgement, which makes
  // setting up the accounting take many seconds. A node answers itself at once; between nodes all is as in real life.
  const atOnce = `route replace local ${node.address} dev eth0 table local proto kernel scope host src ${node.address} quickack 1\n`;
  const inside = `addr add ${node.address}/24 dev eth0\nlink set eth0 up\n${atOnce}`;
  await mustRun(["nsenter", "-t", String(initPid), "-n", "ip", "-batch", "-"], { stdin: inside });
  // Last, so that a host end that is up means a cable that is whole.
  await mustRun(["ip", "link", "set", node.link, "master", layout.bridge, "up"]);
}

export async function setCable(node: NodePlan, state: "up" | "down"): Promise<void> {
  await mustRun(["ip", "link", "set", node.link, state]);
}

export function isPluggedIn(node: NodePlan): boolean {
  if (!hasLink(node.link)) return false;
  // if(7): bit 0 of an interface's flags is IFF_UP.
  return (Number(readFileSync(`/sys/class/net/${node.link}/flags`, "utf8")) & 1) === 1;
}

export async function removeLink(name: string): Promise<void> {
  if (!hasLink(name)) return;
  const result = await runCommand(["ip", "link", "del", name]);
  // It may have gone by itself in between.
  if (result.code !== 0 && hasLink(name)) await mustRun(["ip", "link", "del", name]);
}

export function hasLink(name: string): boolean {
  return existsSync(`/sys/class/net/${name}`);
}
