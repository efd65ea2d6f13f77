// Two clusters of one site: the hub node of one testbed also gets a cable to another, its Slurm client (of
// its own version) and its munge key. What a site does by hand that keeps two clusters of different age.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./command.ts";
import { TestbedError } from "./errors.ts";
import { mustExecIn } from "./exec.ts";
import { findNode, type Layout } from "./layout.ts";
import { hasLink } from "./network.ts";
import type { Paths } from "./paths.ts";
import { findNodeInit } from "./processes.ts";
import type { TestbedState } from "./state.ts";

/** What the hub node has of the other cluster. */
export interface JoinedCluster {
  /** Its Slurm commands, for PATH. */
  readonly binDir: string;
  readonly slurmConf: string;
  /** Where the other cluster's nodes find the hub node. */
  readonly hubAddress: string;
}

/** The last byte of the hub node's address in the other network; no node of a layout has it. */
const hubHost = 13;

/** May be repeated. Take the joined testbed down before the other. */
export async function joinCluster(paths: Paths, site: TestbedState, other: TestbedState): Promise<JoinedCluster> {
  const hubPid = pidOf(site.layout, "hub");
  const headPid = pidOf(other.layout, "head");
  const { name } = other.layout.spec;
  const path = `/opt/slurm/${name}`;
  const dest = `/proc/${hubPid}/root${path}`;
  const hubAddress = await plugIn(site.layout, other.layout, hubPid);
  const root = other.lower.at(-1);
  if (root === undefined) throw new TestbedError(`Testbed "${name}" stands on nothing.`);
  if (!existsSync(`${dest}/bin/squeue`)) {
    await mustRun(["sh", join(paths.recipes, "slurm-client.sh"), root, dest, path]);
  }
  const exec = (argv: readonly string[], stdin?: string | Uint8Array) => mustExecIn(hubPid, argv, { stdin });
  const socket = `/run/munge-${name}/munge.socket.2`;
  const conf = readFileSync(`/proc/${headPid}/root/etc/slurm/slurm.conf`, "utf8");
  await exec(["tee", `${path}/slurm.conf`], toClientConf(conf, findNode(other.layout, "head").address, path, socket));
  if (!existsSync(`/proc/${hubPid}/root${socket}`)) {
    await exec(["install", "-d", "-o", "munge", "-g", "munge", "-m", "755", `/run/munge-${name}`]);
    const keep = 'umask 077; cat >"$0"; chown munge:munge "$0"; chmod 400 "$0"';
    await exec(["sh", "-c", keep, `${path}/munge.key`], readKey(headPid));
    const files = [`--socket=${socket}`, ...["pid", "log", "seed"].map((file) => `--${file}-file=/run/munge-${name}/munged.${file}`)];
    await exec(["setpriv", "--reuid", "munge", "--regid", "munge", "--init-groups", "munged", `--key-file=${path}/munge.key`, ...files]);
  }
  return { binDir: `${path}/bin`, slurmConf: `${path}/slurm.conf`, hubAddress };
}

/** A second cable of the hub node, into the other's bridge. It goes with the node. */
async function plugIn(site: Layout, other: Layout, hubPid: number): Promise<string> {
  const address = `10.78.${other.octet}.${hubHost}`;
  const [link, inside] = [`ftj${other.octet}-${site.octet}`, `to${other.octet}`];
  if (hasLink(link)) return address;
  await mustRun(["ip", "link", "add", link, "type", "veth", "peer", "name", inside, "netns", String(hubPid)]);
  const batch = `addr add ${address}/24 dev ${inside}\nlink set ${inside} up\n`;
  await mustRun(["nsenter", "-t", String(hubPid), "-n", "ip", "-batch", "-"], { stdin: batch });
  await mustRun(["ip", "link", "set", link, "master", other.bridge, "up"]);
  return address;
}

/** The cluster's own configuration, with addresses for names: both clusters call their nodes the same. Pure. */
export function toClientConf(conf: string, headAddress: string, path: string, mungeSocket: string): string {
  return `${conf
    .replace(/^SlurmctldHost=.*$/m, `SlurmctldHost=head(${headAddress})`)
    .replace(/^AccountingStorageHost=.*$/m, `AccountingStorageHost=${headAddress}`)}
PluginDir=${path}/plugins
AuthInfo=socket=${mungeSocket}
AccountingStoragePass=${mungeSocket}
`;
}

const readKey = (headPid: number) => readFileSync(`/proc/${headPid}/root/etc/munge/munge.key`);

function pidOf(layout: Layout, node: string): number {
  const pid = findNodeInit(layout.spec.name, findNode(layout, node).name);
  if (pid === undefined) throw new TestbedError(`Node ${node} of testbed "${layout.spec.name}" is off.`);
  return pid;
}
