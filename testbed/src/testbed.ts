// Up, down, purge: a testbed as a whole. Every step looks at what is there first, so each may be repeated
// after it was interrupted anywhere.
import { existsSync } from "node:fs";
import { mkdir, rm, rmdir } from "node:fs/promises";
import { ensureCgroups, listCgroups, readCgroupMode, removeCgroups, thawCgroups } from "./cgroups.ts";
import { ensureNodeServices, waitUntilIdle } from "./cluster.ts";
import type { CommandResult } from "./command.ts";
import { TestbedError } from "./errors.ts";
import { type ExecOptions, execIn, mustExecIn } from "./exec.ts";
import { applyFault, parseFault } from "./faults.ts";
import { ensureHost } from "./host.ts";
import { type JoinedCluster, joinCluster } from "./joining.ts";
import { writeLayer } from "./layer.ts";
import {
  chooseOctet,
  defaultSpec,
  describeShape,
  ensureSpec,
  findNode,
  isSameShape,
  type Layout,
  planLayout,
  type TestbedSpec,
} from "./layout.ts";
import { withLock } from "./lock.ts";
import { ensureBridge, hasLink, listTakenOctets, removeLink } from "./network.ts";
import { ensureNode } from "./nodes.ts";
import { type Paths, readPaths, testbedDir } from "./paths.ts";
import { findNodeInit, findTestbedProcesses, killProcesses } from "./processes.ts";
import { publishPort, unpublishPort } from "./publish.ts";
import { ensureRoots, type Report } from "./roots.ts";
import { listTestbeds, readState, requireState, type TestbedState, writeState } from "./state.ts";
import { waitFor } from "./waiting.ts";

export interface TestbedOptions extends Partial<TestbedSpec> {
  readonly paths?: Paths;
  readonly report?: Report;
  readonly signal?: AbortSignal;
}

/** A testbed that is up. */
export interface Testbed {
  readonly layout: Layout;
  /** Runs a program in a node; a non-zero exit is a result. */
  exec(node: string, argv: readonly string[], options?: ExecOptions): Promise<CommandResult>;
  /** As exec, for a program that must succeed; returns its stdout. */
  mustExec(node: string, argv: readonly string[], options?: ExecOptions): Promise<string>;
  /** As the command line: `fault("stop", "slurmctld")`, `fault("power-off", "c1")`. */
  fault(kind: string, target: string): Promise<void>;
  publish(node: string, port: number, hostPort: number): Promise<void>;
  unpublish(hostPort: number): Promise<void>;
  /** Makes the hub node know another testbed's cluster, too; see joining.ts. */
  join(other: string): Promise<JoinedCluster>;
  down(): Promise<void>;
}

/** Makes the testbed run, or finds it running; mends one that is half up. */
export async function upTestbed(options: TestbedOptions = {}): Promise<Testbed> {
  const { paths = readPaths(process.env), report = () => {}, signal } = options;
  const spec: TestbedSpec = {
    name: options.name ?? defaultSpec.name,
    slurm: options.slurm ?? defaultSpec.slurm,
    computeNodes: options.computeNodes ?? defaultSpec.computeNodes,
    hub: options.hub ?? defaultSpec.hub,
    ...(options.hubOn === undefined ? {} : { hubOn: options.hubOn }),
    ...(options.network === undefined ? {} : { network: options.network }),
    ...(options.homeOf === undefined ? {} : { homeOf: options.homeOf }),
  };
  ensureSpec(spec);
  await ensureHost(process.env, report, signal);
  const work = async () => {
    const state = (await findWhole(paths, spec)) ?? (await prepare(paths, spec, report, signal));
    report(`bridge ${state.layout.bridge}, ${state.layout.nodes.length} nodes, Slurm ${spec.slurm}`);
    await ensureBridge(state.layout);
    await ensureCgroups(spec.name);
    await startAll(paths, state, signal);
    return connectTo(paths, state);
  };
  return withLock(`name:${spec.name}`, () => report(`testbed ${spec.name}: another command is at work on it, waiting`), work, signal);
}

/** The handle of a testbed that is up already. */
export async function openTestbed(name: string, paths: Paths = readPaths(process.env)): Promise<Testbed> {
  return connectTo(paths, await requireState(paths, name));
}

/** Ends a testbed and everything it has on this host, except the cache. Nothing happens when there is none. */
export async function downTestbed(name: string, paths: Paths = readPaths(process.env)): Promise<void> {
  await withLock(
    `name:${name}`,
    () => {},
    () => removeTestbed(paths, name),
  );
}

/** Ends every testbed of this host and removes the cache. */
export async function purgeTestbeds(paths: Paths = readPaths(process.env)): Promise<void> {
  const names = new Set([...listTestbeds(paths), ...findTestbedProcesses().map((found) => found.testbed)]);
  for (const name of names) await downTestbed(name, paths);
  await rm(paths.cache, { recursive: true, force: true });
}

/** The state of a testbed that was made whole before; one of another shape is refused. */
async function findWhole(paths: Paths, spec: TestbedSpec): Promise<TestbedState | undefined> {
  const state = await readState(paths, spec.name);
  if (!state) return undefined;
  const found = state.layout.spec;
  if (!isSameShape(found, spec)) {
    throw new TestbedError(
      `Testbed "${spec.name}" is up with another shape (${describeShape(found)}): run down first, or take another --name.`,
    );
  }
  if (state.lower.every((layer) => existsSync(layer))) return state;
  // Its cache was taken away under it: nothing of it can start again.
  await removeTestbed(paths, spec.name);
  return undefined;
}

async function prepare(paths: Paths, spec: TestbedSpec, report: Report, signal?: AbortSignal): Promise<TestbedState> {
  const roots = await ensureRoots(paths, spec.slurm, report, signal);
  await removeTestbed(paths, spec.name);
  await mkdir(testbedDir(paths, spec.name), { recursive: true });
  const layout = await takeNet(spec, signal);
  await writeLayer(paths, layout, roots.root, readCgroupMode());
  const state = { layout, lower: roots.lower };
  await writeState(paths, state);
  return state;
}

/** A net counts as taken once its bridge is there: two testbeds that choose at the same time would choose the same. */
function takeNet(spec: TestbedSpec, signal?: AbortSignal): Promise<Layout> {
  const take = async () => {
    const layout = planLayout(spec, chooseOctet(spec.name, await listTakenOctets()));
    await ensureBridge(layout);
    return layout;
  };
  return withLock("nets", () => {}, take, signal);
}

async function startAll(paths: Paths, { layout, lower }: TestbedState, signal?: AbortSignal): Promise<void> {
  const started = await Promise.all(
    layout.nodes.map(async (node) => ({ node, pid: await ensureNode(paths, layout, node, lower, signal) })),
  );
  const serve = (isCompute: boolean) => {
    const some = started.filter(({ node }) => (node.role === "compute") === isCompute);
    return Promise.all(some.map(({ node, pid }) => ensureNodeServices(paths, layout, node, pid, signal)));
  };
  // A slurmd that finds no slurmctld registers again only many seconds later.
  await serve(false);
  await serve(true);
  const head = started.find(({ node }) => node.role === "head");
  if (head) await waitUntilIdle(layout, head.pid, signal);
}

async function removeTestbed(paths: Paths, name: string): Promise<void> {
  const processes = findTestbedProcesses(name).sort((a, b) => Number(b.isInit) - Number(a.isInit));
  await thawCgroups(name);
  if (processes.length > 0) await killProcesses(processes.map((found) => found.pid));
  // A damaged state file must not keep anything alive: what it would name is also found by looking.
  const state = await readState(paths, name).catch(() => undefined);
  for (const node of state?.layout.nodes ?? []) await removeLink(node.link);
  await removeLink(`ft-${name}`);
  await waitFor(`the links of testbed ${name} to go`, 10_000, () => (hasLink(`ft-${name}`) ? undefined : true));
  // Namespaces end a moment after their last process; until then a cgroup may be busy.
  await waitFor(`the cgroups of testbed ${name} to go`, 10_000, async () => {
    await removeCgroups(name).catch(() => undefined);
    return listCgroups(name).length === 0 ? true : undefined;
  });
  await rm(testbedDir(paths, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  if (listTestbeds(paths).length === 0 && existsSync(paths.state)) await rmdir(paths.state).catch(ignoreInUse);
}

/** Another testbed may have come, or have taken the folder away, since we looked. */
function ignoreInUse(error: unknown): void {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "ENOTEMPTY" && code !== "ENOENT") throw error;
}

function connectTo(paths: Paths, { layout, lower }: TestbedState): Testbed {
  const { name } = layout.spec;
  const initOf = (node: string): number => {
    const pid = findNodeInit(name, findNode(layout, node).name);
    if (pid === undefined) throw new TestbedError(`Node ${node} of testbed "${name}" is off.`);
    return pid;
  };
  return {
    layout,
    exec: async (node, argv, options) => execIn(initOf(node), argv, options),
    mustExec: async (node, argv, options) => mustExecIn(initOf(node), argv, options),
    fault: async (kind, target) => applyFault(paths, layout, lower, parseFault(layout, kind, target)),
    publish: (node, port, hostPort) => publishPort(layout, node, port, hostPort),
    unpublish: (hostPort) => unpublishPort(name, hostPort),
    join: async (other) => joinCluster(paths, { layout, lower }, await requireState(paths, other)),
    down: () => downTestbed(name, paths),
  };
}
