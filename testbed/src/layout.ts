// What a testbed consists of: its nodes, their roles and addresses. Pure; nothing here touches the host.
import { TestbedError } from "./errors.ts";

export type NodeRole = "head" | "login" | "hub" | "compute";

export const slurmVersions = ["20.11", "22.05", "24.11", "26.05"] as const;
export type SlurmVersion = (typeof slurmVersions)[number];

/** What a person asks for. */
export interface TestbedSpec {
  readonly name: string;
  readonly slurm: SlurmVersion;
  readonly computeNodes: number;
  /** Whether there is a hub node, with the checkout at /opt/fairway. */
  readonly hub: boolean;
  /** Another testbed whose /home this one's nodes show: two clusters of one site. */
  readonly homeOf?: string | undefined;
}

export interface NodePlan {
  readonly name: string;
  readonly role: NodeRole;
  readonly address: string;
  /** Stays the same through power cuts, as real hardware's does: neighbours remember it. */
  readonly mac: string;
  /** The host's end of the node's cable. */
  readonly link: string;
}

export interface Layout {
  readonly spec: TestbedSpec;
  /** The third byte of the testbed's 10.78.N.0/24. */
  readonly octet: number;
  readonly bridge: string;
  /** The host's own address on the bridge. */
  readonly gateway: string;
  readonly nodes: readonly NodePlan[];
}

export const defaultSpec: TestbedSpec = { name: "demo", slurm: "24.11", computeNodes: 2, hub: true };

const maxComputeNodes = 64;

/** @throws TestbedError when the name or a number is out of bounds. */
export function ensureSpec(spec: TestbedSpec): void {
  // A bridge's name is at most 15 bytes, of which "ft-" takes three.
  if (!/^[a-z][a-z0-9-]{0,11}$/.test(spec.name)) {
    throw new TestbedError(`The name "${spec.name}" cannot be used: take up to 12 lower-case letters, digits and dashes, a letter first.`);
  }
  if (!Number.isInteger(spec.computeNodes) || spec.computeNodes < 1 || spec.computeNodes > maxComputeNodes) {
    throw new TestbedError(`A testbed has 1 to ${maxComputeNodes} compute nodes, not ${spec.computeNodes}.`);
  }
}

export function isSlurmVersion(text: string): text is SlurmVersion {
  return (slurmVersions as readonly string[]).includes(text);
}

/** The subnet a name asks for; of two names that ask for the same, the later takes the next free one. */
export function chooseOctet(name: string, taken: ReadonlySet<number>): number {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + char.charCodeAt(0)) % 254;
  for (let step = 0; step < 254; step++) {
    const octet = 1 + ((hash + step) % 254);
    if (!taken.has(octet)) return octet;
  }
  throw new TestbedError("All of 10.78.1.0/24 to 10.78.254.0/24 are taken: end a testbed first.");
}

export function planLayout(spec: TestbedSpec, octet: number): Layout {
  const plan = (name: string, role: NodeRole, host: number): NodePlan => {
    const hex = (byte: number) => byte.toString(16).padStart(2, "0");
    return { name, role, address: `10.78.${octet}.${host}`, mac: `02:0a:4e:${hex(octet)}:00:${hex(host)}`, link: `ft${octet}-${name}` };
  };
  const compute = Array.from({ length: spec.computeNodes }, (_, index) => plan(`c${index + 1}`, "compute", 21 + index));
  return {
    spec,
    octet,
    bridge: `ft-${spec.name}`,
    gateway: `10.78.${octet}.1`,
    nodes: [plan("head", "head", 10), plan("login", "login", 11), ...(spec.hub ? [plan("hub", "hub", 12)] : []), ...compute],
  };
}

/** @throws TestbedError when the testbed has no such node. */
export function findNode(layout: Layout, name: string): NodePlan {
  const node = layout.nodes.find((candidate) => candidate.name === name);
  if (node) return node;
  const names = layout.nodes.map((candidate) => candidate.name).join(", ");
  throw new TestbedError(`Testbed "${layout.spec.name}" has no node "${name}"; it has ${names}.`);
}
