// Breaks a running testbed on purpose, and mends it.
import { ensureNodeServices } from "./cluster.ts";
import { TestbedError } from "./errors.ts";
import { blockWay, unblockWay } from "./firewall.ts";
import { findNode, type Layout, type NodePlan } from "./layout.ts";
import { setCable } from "./network.ts";
import { ensureNode, stopNode } from "./nodes.ts";
import type { Paths } from "./paths.ts";
import { findNodeInit } from "./processes.ts";
import { ensureService, isServiceName, type ServiceName, serviceNames, servicesOf, signalService, stopService } from "./services.ts";

export const serviceFaults = ["stop", "kill", "start", "pause", "resume"] as const;
export const nodeFaults = ["cut", "heal", "power-off", "power-on"] as const;
export const wayFaults = ["block", "unblock"] as const;

export type Fault =
  | { readonly kind: (typeof serviceFaults)[number]; readonly service: ServiceName; readonly node: string }
  | { readonly kind: (typeof nodeFaults)[number]; readonly node: string }
  /** Nothing passes between `node` and `other`, either way; all else does. */
  | { readonly kind: (typeof wayFaults)[number]; readonly other: string; readonly node: string };

/** Reads `stop slurmctld`, `pause munged@c1`, `cut c2`, `power-off head`, `block hub@c1`. Without @NODE a service is the only one of its kind. */
export function parseFault(layout: Layout, kind: string, target: string | undefined): Fault {
  if (target === undefined) throw new TestbedError(`fault ${kind}: of what? See testbed help.`);
  const nodeKind = nodeFaults.find((candidate) => candidate === kind);
  if (nodeKind) return { kind: nodeKind, node: findNode(layout, target).name };
  const wayKind = wayFaults.find((candidate) => candidate === kind);
  if (wayKind) {
    const [other = "", from] = target.split("@");
    if (from === undefined) throw new TestbedError(`${kind} is between two nodes: say ${kind} OTHER@NODE.`);
    return { kind: wayKind, other: findNode(layout, other).name, node: findNode(layout, from).name };
  }
  const serviceKind = serviceFaults.find((candidate) => candidate === kind);
  if (!serviceKind)
    throw new TestbedError(`There is no fault "${kind}"; there are ${[...serviceFaults, ...nodeFaults, ...wayFaults].join(", ")}.`);

  const [service = "", nodeName] = target.split("@");
  if (!isServiceName(service)) throw new TestbedError(`There is no service "${service}"; there are ${serviceNames.join(", ")}.`);
  const hosts = layout.nodes.filter((node) => servicesOf(node).includes(service));
  if (nodeName === undefined) {
    const [only, ...more] = hosts;
    if (!only || more.length > 0) throw new TestbedError(`${service} runs on several nodes: say ${service}@NODE.`);
    return { kind: serviceKind, service, node: only.name };
  }
  const node = findNode(layout, nodeName);
  if (!hosts.includes(node)) throw new TestbedError(`${service} is no service of ${node.name}.`);
  return { kind: serviceKind, service, node: node.name };
}

/** Returns when the fault is in force, or mended. `lower` is what nodes stand on. */
export async function applyFault(
  paths: Paths,
  layout: Layout,
  lower: readonly string[],
  fault: Fault,
  signal?: AbortSignal,
): Promise<void> {
  const node = findNode(layout, fault.node);
  const initPid = () => {
    const pid = findNodeInit(layout.spec.name, node.name);
    if (pid === undefined) throw new TestbedError(`Node ${node.name} is off: power it on first.`);
    return pid;
  };
  switch (fault.kind) {
    case "stop":
      return stopService(node, initPid(), fault.service, "SIGTERM");
    case "kill":
      return stopService(node, initPid(), fault.service, "SIGKILL");
    case "start":
      return ensureService(node, initPid(), fault.service, signal);
    case "pause":
      return signalService(node, initPid(), fault.service, "SIGSTOP");
    case "resume":
      return signalService(node, initPid(), fault.service, "SIGCONT");
    case "cut":
      return setCable(node, "down");
    case "heal":
      return setCable(node, "up");
    case "block":
      return blockWay(initPid(), findNode(layout, fault.other));
    case "unblock":
      return unblockWay(initPid(), findNode(layout, fault.other));
    case "power-off":
      return stopNode(layout.spec.name, node.name);
    case "power-on":
      return powerOn(paths, layout, lower, node, signal);
  }
}

async function powerOn(paths: Paths, layout: Layout, lower: readonly string[], node: NodePlan, signal?: AbortSignal): Promise<void> {
  const pid = await ensureNode(paths, layout, node, lower, signal);
  await ensureNodeServices(paths, layout, node, pid, signal);
}
