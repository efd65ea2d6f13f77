/** Whether this machine knows the compute nodes by name, and whether packets get there: sessions are reached directly. */
import { lookup } from "node:dns/promises";
import type { ClusterConfig } from "../config/load.ts";
import { tryRoutes } from "../routes/try-routes.ts";
import type { ExecResult } from "../transports/types.ts";
import { type Finding, judge } from "./finding.ts";

/** A large cluster's nodes are alike: these many tell enough. */
const NAMES_TRIED = 50;
const NODES_TRIED = 5;
const CONNECT_TIMEOUT_MS = 2000;

/** @param sinfo the answer to `sinfo -h -N -o "%N %t"` */
export async function checkNodes(name: string, entry: ClusterConfig, sinfo: ExecResult): Promise<Finding[]> {
  if (sinfo.exitCode !== 0) return [];
  const states = new Map(sinfo.stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.split(" ") as [string, string]])));
  const nodes = [...states.keys()];
  const unknown: string[] = [];
  for (const node of nodes.slice(0, NAMES_TRIED)) {
    // The resolver's exception is the answer "unknown".
    await lookup(node).catch(() => unknown.push(node));
  }
  const named = judge(
    unknown.length === 0,
    `${name}: ${nodes.length} nodes, names known here`,
    "fail",
    `${name}: this machine does not know ${unknown.slice(0, 5).join(", ")}`,
    "Add them to DNS or /etc/hosts, or set node_address to fqdn or ip.",
  );
  const up = nodes.filter((node) => !unknown.includes(node) && !/^(down|drain|unk|fail|power)|\*/.test(states.get(node) ?? ""));
  return up.length === 0 ? [named] : [named, await checkReach(name, entry, up.slice(0, NODES_TRIED))];
}

async function checkReach(name: string, entry: ClusterConfig, nodes: readonly string[]): Promise<Finding> {
  const { from, to } = entry.ports;
  const answers = await Promise.all(nodes.map((node) => isReached(node, from)));
  const silent = nodes.filter((_, index) => answers[index] === false);
  return judge(
    silent.length === 0,
    `${name}: ${nodes.join(", ")} can be reached`,
    "fail",
    `${name}: ${silent.join(", ")} cannot be reached from here on port ${from}`,
    `Let this machine through to the nodes' ports ${from}-${to}, or set ports to a range that is open.`,
  );
}

/** Nobody listens there yet, most likely: a refusal is an answer, too. */
async function isReached(node: string, port: number): Promise<boolean> {
  const { signal } = new AbortController(); // nobody's: it is over within its time
  const reports = await tryRoutes({ host: node, port, node, forwards: null }, CONNECT_TIMEOUT_MS, signal);
  return reports.some(({ ok }) => ok);
}
