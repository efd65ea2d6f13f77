// What a testbed consists of: its nodes, their roles and addresses. Pure; nothing here touches the host.
import { TestbedError } from "./errors.ts";

export type NodeRole = "head" | "login" | "hub" | "compute";

export const slurmVersions = ["20.11", "22.05", "24.11", "26.05"] as const;
export type SlurmVersion = (typeof slurmVersions)[number];

/** What the nodes let through; firewall.ts has the rules. */
export const networkShapes = ["open", "login-only", "dial-out", "proxied"] as const;
export type NetworkShape = (typeof networkShapes)[number];

/** What a person asks for. */
export interface TestbedSpec {
  readonly name: string;
  readonly slurm: SlurmVersion;
  readonly computeNodes: number;
  /** Whether there is a hub, with the checkout at /opt/fairway: a node of its own unless `hubOn` says where. */
  readonly hub: boolean;
  readonly hubOn?: "head" | undefined;
  /** "open" unless told. With the others the hub node is a host outside the cluster: no Slurm, no munge, no people, no /home. */
  readonly network?: NetworkShape | undefined;
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
  /** Fairway runs here. */
  readonly isHub: boolean;
  /** It is of the cluster: Slurm's programs, munge, the people and their /home. */
  readonly isOfCluster: boolean;
  /** The HTTP proxy between compute nodes and the hub runs here. */
  readonly isProxy: boolean;
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

/** The one port of the hub that compute nodes reach with the networks "dial-out" and, by the proxy alone, "proxied". */
export const CALLBACK_PORT = 8443;
/** Of the HTTP proxy of the network "proxied", on the login node. */
export const PROXY_PORT = 3128;

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
  if (spec.network !== undefined && spec.network !== "open" && (!spec.hub || spec.hubOn !== undefined)) {
    throw new TestbedError(
      `The network "${spec.network}" is between the cluster and a hub node of its own: leave out --no-hub and --hub-on.`,
    );
  }
}

export function isNetworkShape(text: string): text is NetworkShape {
  return (networkShapes as readonly string[]).includes(text);
}

/** Whether a testbed of the one description is one of the other. */
export function isSameShape(a: TestbedSpec, b: TestbedSpec): boolean {
  const shape = ({ slurm, computeNodes, hub, hubOn, network = "open", homeOf }: TestbedSpec) =>
    JSON.stringify([slurm, computeNodes, hub, hubOn, network, homeOf]);
  return shape(a) === shape(b);
}

/** In words, for people. */
export function describeShape({ slurm, computeNodes, hub, hubOn, network = "open" }: TestbedSpec): string {
  const where = hub ? `hub on ${hubOn === undefined ? "a node of its own" : `the ${hubOn}`}` : "no hub";
  return `Slurm ${slurm}, ${computeNodes} compute nodes, ${where}, network ${network}`;
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
    const mac = `02:0a:4e:${hex(octet)}:00:${hex(host)}`;
    const isHub = spec.hub && role === (spec.hubOn ?? "hub");
    const isOfCluster = role !== "hub" || (spec.network ?? "open") === "open";
    const isProxy = role === "login" && spec.network === "proxied";
    return { name, role, address: `10.78.${octet}.${host}`, mac, link: `ft${octet}-${name}`, isHub, isOfCluster, isProxy };
  };
  const hub = spec.hub && spec.hubOn === undefined ? [plan("hub", "hub", 12)] : [];
  const compute = Array.from({ length: spec.computeNodes }, (_, index) => plan(`c${index + 1}`, "compute", 21 + index));
  return {
    spec,
    octet,
    bridge: `ft-${spec.name}`,
    gateway: `10.78.${octet}.1`,
    nodes: [plan("head", "head", 10), plan("login", "login", 11), ...hub, ...compute],
  };
}

/** "hub" also finds the node that Fairway runs on if that has another name. @throws TestbedError when the testbed has no such node. */
export function findNode(layout: Layout, name: string): NodePlan {
  const node = layout.nodes.find((candidate) => candidate.name === name || (name === "hub" && candidate.isHub));
  if (node) return node;
  const names = layout.nodes.map((candidate) => candidate.name).join(", ");
  throw new TestbedError(`Testbed "${layout.spec.name}" has no node "${name}"; it has ${names}.`);
}
