// The testbed that a bench has to itself, and the way to run a program of ours on its hub node.
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "@fairway/testbed/command.ts";
import { buildExec } from "@fairway/testbed/exec.ts";
import { downTestbed, readPaths, type Testbed, upTestbed } from "@fairway/testbed/index.ts";
import { withLock } from "@fairway/testbed/lock.ts";
import { findNodeInit } from "@fairway/testbed/processes.ts";

export const CLUSTER_NAME = "bench";
/** Where the hub node has this checkout, and the Node in it. */
const CHECKOUT = "/opt/fairway";
export const HUB_NODE_PROGRAM = `${CHECKOUT}/node_modules/node-linux-${process.arch}/bin/node`;

export interface BenchContext {
  /** A line about what is going on, for people. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Runs `work` while no other bench of this host has the testbed `bench`, and leaves none behind. */
export async function alone<T>({ say, signal }: BenchContext, work: () => Promise<T>): Promise<T> {
  const run = async () => {
    await downTestbed(CLUSTER_NAME);
    try {
      return await work();
    } finally {
      await downTestbed(CLUSTER_NAME);
    }
  };
  return withLock("bench-run", () => say("another bench is at work on this host, waiting"), run, signal);
}

/** As `alone`, with the testbed up. */
export function withCluster<T>(
  context: BenchContext,
  work: (testbed: Testbed) => Promise<T>,
  shape: { readonly computeNodes?: number } = {},
): Promise<T> {
  return alone(context, async () => {
    context.say("a Slurm cluster in namespaces");
    return work(await upTestbed({ name: CLUSTER_NAME, report: context.say, signal: context.signal, ...shape }));
  });
}

/** A node's address, which this host reaches, too. */
export function addressOf(testbed: Testbed, node: string): string {
  const found = testbed.layout.nodes.find(({ name }) => name === node);
  if (found === undefined) throw new Error(`The testbed has no node ${node}.`);
  return found.address;
}

/** Runs a file of this checkout as root on the hub node; `onLine` gets what it prints. @throws when it fails. */
export async function runOnHub(
  file: URL,
  options: { readonly stdin: string; readonly onLine: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const init = findNodeInit(CLUSTER_NAME, "hub");
  if (init === undefined) throw new Error("The hub node of the testbed is off.");
  const program = relative(readPaths(process.env).checkout, fileURLToPath(file));
  const { argv, env } = buildExec(init, [HUB_NODE_PROGRAM, `${CHECKOUT}/${program}`]);
  const result = await runCommand(argv, { ...options, env });
  if (result.code !== 0) throw new Error(`${program} on the hub node failed: ${result.stderr.trim().slice(-2000)}`);
}
