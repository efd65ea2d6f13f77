// What a node's own kernel lets through (nftables, inside its network namespace): the shapes of network that a site
// may have between its cluster and the host that Fairway runs on, and ways that are blocked for a while.
import { mustExecIn } from "./exec.ts";
import { CALLBACK_PORT, type Layout, type NodePlan, PROXY_PORT } from "./layout.ts";
import { srunPorts } from "./slurm-conf.ts";

/** slurmctld, slurmd, slurmdbd, and srun's own. */
const slurmPorts = `6817-6819, ${srunPorts}`;

/** Puts a node's rules into its kernel, instead of those that are there. They end with the node. */
export async function setFirewall(layout: Layout, node: NodePlan, initPid: number): Promise<void> {
  const rules = renderFirewall(layout, node);
  if (rules !== null) await loadTable(initPid, "shape", rules);
}

/** Between the node and `other` nothing passes any more, open connections included. May be repeated. */
export async function blockWay(initPid: number, other: NodePlan): Promise<void> {
  const chains = `chain incoming {
type filter hook input priority -10;
ip saddr ${other.address} drop
}
chain outgoing {
type filter hook output priority -10;
ip daddr ${other.address} drop
}`;
  await loadTable(initPid, `blocked_${other.name}`, chains);
}

export async function unblockWay(initPid: number, other: NodePlan): Promise<void> {
  // Added first, so that one that is not there can be deleted.
  const table = `table inet blocked_${other.name}`;
  await loadRules(initPid, `add ${table}\ndelete ${table}\n`);
}

async function loadTable(initPid: number, name: string, chains: string): Promise<void> {
  const table = `table inet ${name}`;
  await loadRules(initPid, `add ${table}\ndelete ${table}\n${table} {\n${chains}\n}\n`);
}

/** Through a pipe: nft before 1.0 opens its standard input anew, which a socket does not allow. */
async function loadRules(initPid: number, rules: string): Promise<void> {
  await mustExecIn(initPid, ["sh", "-c", "cat | nft -f -"], { stdin: rules });
}

/**
 * A node's chains; null where all may pass. What is not let through is dropped without an answer, as firewalls do.
 * The testbed's host looks at the services of all nodes, and is no part of the network that is modelled. Pure.
 */
export function renderFirewall(layout: Layout, node: NodePlan): string | null {
  const { network = "open" } = layout.spec;
  if (network === "open") return null;
  const addresses = (...roles: readonly NodePlan["role"][]) =>
    layout.nodes.filter(({ role }) => roles.includes(role)).map((one) => one.address);
  if (node.role === "hub") {
    return dropAllBut("output", [`ip daddr { ${addresses("login").join(", ")} } tcp dport 22 accept`]);
  }
  if (network === "login-only" || node.role !== "compute") return null;
  const cluster = `{ ${addresses("head", "login", "compute").join(", ")} }`;
  const into = [`ip saddr ${cluster} tcp dport { ${slurmPorts} } accept`, `ip saddr ${layout.gateway} accept`];
  const out = [
    `ip daddr ${cluster} tcp dport { ${slurmPorts} } accept`,
    network === "proxied"
      ? `ip daddr { ${addresses("login").join(", ")} } tcp dport ${PROXY_PORT} accept`
      : `ip daddr { ${addresses("hub").join(", ")} } tcp dport ${CALLBACK_PORT} accept`,
  ];
  return `${dropAllBut("input", into)}\n${dropAllBut("output", out)}`;
}

function dropAllBut(hook: "input" | "output", allowed: readonly string[]): string {
  const [chain, device] = hook === "input" ? ["incoming", "iifname"] : ["outgoing", "oifname"];
  const head = `type filter hook ${hook} priority 0; policy drop;`;
  return [`chain ${chain} {`, head, `${device} "lo" accept`, "ct state established,related accept", ...allowed, "}"].join("\n");
}
