// What runs of a testbed, as the kernel sees it at this moment.
import type { NodePlan, SlurmVersion, TestbedSpec } from "./layout.ts";
import { isPluggedIn } from "./network.ts";
import { type Paths, readPaths } from "./paths.ts";
import { findNodeInit } from "./processes.ts";
import { listPublications, type Publication } from "./publish.ts";
import { readServiceState, type ServiceState, servicesOf } from "./services.ts";
import { listTestbeds, readState } from "./state.ts";

export interface NodeStatus extends NodePlan {
  readonly state: "on" | "cut" | "off";
  readonly services: Readonly<Record<string, ServiceState>>;
}

export interface TestbedStatus {
  readonly name: string;
  readonly slurm: SlurmVersion;
  readonly spec: TestbedSpec;
  readonly bridge: string;
  readonly gateway: string;
  readonly nodes: readonly NodeStatus[];
  readonly publications: readonly Publication[];
}

/** Every testbed that is up, or one of them. */
export async function readStatus(name?: string, paths: Paths = readPaths(process.env)): Promise<TestbedStatus[]> {
  const found: TestbedStatus[] = [];
  for (const candidate of name === undefined ? listTestbeds(paths) : [name]) {
    const state = await readState(paths, candidate);
    if (!state) continue;
    const { spec, bridge, gateway, nodes } = state.layout;
    found.push({
      name: spec.name,
      slurm: spec.slurm,
      spec,
      bridge,
      gateway,
      nodes: nodes.map((node) => readNodeStatus(spec.name, node)),
      publications: listPublications(spec.name),
    });
  }
  return found;
}

function readNodeStatus(testbed: string, node: NodePlan): NodeStatus {
  const pid = findNodeInit(testbed, node.name);
  if (pid === undefined) return { ...node, state: "off", services: {} };
  const services = Object.fromEntries(servicesOf(node).map((service) => [service, readServiceState(pid, service)]));
  return { ...node, state: isPluggedIn(node) ? "on" : "cut", services };
}
