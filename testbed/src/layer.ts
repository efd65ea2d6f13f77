// Writes what makes a root file system this testbed's: one layer that all nodes stand on, and what
// single nodes have for themselves. It must be whole before a node starts: overlays do not see later edits.
import { randomBytes } from "node:crypto";
import { chmod, chown, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mustRun } from "./command.ts";
import { TestbedError } from "./errors.ts";
import { CALLBACK_PORT, findNode, type Layout, PROXY_PORT } from "./layout.ts";
import { nodeDir, type Paths, testbedDir } from "./paths.ts";
import { type AccountFiles, addPeople, demoPassword, findAccount, people, services } from "./people.ts";
import {
  type CgroupMode,
  fakeGpuDir,
  gpusPerNode,
  renderCgroupConf,
  renderGresConf,
  renderSlurmConf,
  renderSlurmdbdConf,
} from "./slurm-conf.ts";

/** A major number that Documentation/admin-guide/devices.txt leaves for experiments: no driver answers there. */
const fakeGpuMajor = 120;

const pamService = `auth required pam_unix.so nodelay
account required pam_unix.so
`;

/** Writes the layer, the homes, and the folders of the nodes. */
export async function writeLayer(paths: Paths, layout: Layout, root: string, cgroups: CgroupMode): Promise<void> {
  const dir = testbedDir(paths, layout.spec.name);
  const layer = join(dir, "layer");
  const read = (file: string) => readFile(join(root, file), "utf8");
  const base = { passwd: await read("etc/passwd"), group: await read("etc/group"), shadow: await read("etc/shadow") };
  const hash = (await mustRun(["chroot", root, "openssl", "passwd", "-6", "-stdin"], { stdin: demoPassword })).trim();
  const accounts = addPeople(base, hash);
  const account = (name: string) => {
    const found = findAccount(accounts.passwd, name);
    if (!found) throw new TestbedError(`The root file system ${root} has no account "${name}": run purge, then up.`);
    return found;
  };
  const storagePass = randomBytes(16).toString("hex");
  const hostKey = (await read("etc/ssh/ssh_host_ed25519_key.pub")).split(" ").slice(0, 2).join(" ");

  await put(layer, "etc/passwd", accounts.passwd);
  await put(layer, "etc/group", accounts.group);
  // As Debian has it: without its group, unix_chkpwd could not check a person's own password for them.
  const shadowGid = Number(/^shadow:[^:]*:(\d+)/m.exec(base.group)?.[1] ?? 0);
  await put(layer, "etc/shadow", accounts.shadow, { mode: 0o640, owner: { uid: 0, gid: shadowGid } });
  await put(layer, "etc/hosts", renderHosts(layout));
  // Of their port 22 alone: what else listens on a node has keys of its own.
  const sshHosts = layout.nodes.flatMap(({ name, address, isHub }) => [name, address, ...(isHub && name !== "hub" ? ["hub"] : [])]);
  await put(layer, "etc/ssh/ssh_known_hosts", `${sshHosts.join(",")} ${hostKey}\n`);
  await put(layer, "etc/pam.d/fairway", pamService);
  await put(layer, "etc/munge/munge.key", randomBytes(128), { mode: 0o400, owner: account("munge") });
  await chown(join(layer, "etc/munge"), account("munge").uid, account("munge").gid);
  await chmod(join(layer, "etc/munge"), 0o700);
  await put(layer, "etc/slurm/slurm.conf", renderSlurmConf(layout, cgroups));
  await put(layer, "etc/slurm/gres.conf", renderGresConf(layout));
  await put(layer, "etc/slurm/cgroup.conf", renderCgroupConf(layout, cgroups));

  for (const node of layout.nodes) {
    for (const part of ["upper", "work", "root"]) await mkdir(join(nodeDir(paths, layout.spec.name, node.name), part), { recursive: true });
  }
  const head = join(nodeDir(paths, layout.spec.name, "head"), "upper");
  const slurm = account("slurm");
  await put(head, "etc/slurm/slurmdbd.conf", renderSlurmdbdConf(storagePass), { mode: 0o600, owner: slurm });
  await put(head, "etc/slurm/jwt.key", randomBytes(32), { mode: 0o600, owner: slurm });
  await put(head, "etc/slurm/storage.sql", renderStorageSql(storagePass), { mode: 0o600 });
  await writeHub(paths, layout, addPeople(base, hash, []));
  await writeProxy(paths, layout);
  await makeFakeGpus(paths, layout);
  if (layout.spec.homeOf === undefined) await writeHomes(join(dir, "home"), join(root, "etc/skel"));
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

async function put(
  base: string,
  file: string,
  content: string | Uint8Array,
  options: { readonly mode?: number; readonly owner?: Owner } = {},
): Promise<void> {
  const path = join(base, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  if (options.owner) await chown(path, options.owner.uid, options.owner.gid);
  await chmod(path, options.mode ?? 0o644);
}

function renderHosts(layout: Layout): string {
  const nodes = layout.nodes.map(({ address, name, isHub }) => `${address} ${name}${isHub && name !== "hub" ? " hub" : ""}`);
  return ["127.0.0.1 localhost", "::1 localhost ip6-localhost", `${layout.gateway} host`, ...nodes, ""].join("\n");
}

/**
 * 20.11 connects before it has dropped root, so it needs the password; the others come by their socket's owner.
 * The database is made here: a slurmdbd that makes it itself fails its next query with MariaDB's client library 11.8.9.
 */
function renderStorageSql(storagePass: string): string {
  return `create database if not exists slurm_acct_db;
create user if not exists slurm@localhost identified via unix_socket or mysql_native_password using password('${storagePass}');
grant all on slurm_acct_db.* to slurm@localhost;
`;
}

/** Fairway's folders; and where the hub is not of the cluster, a host that knows none of the people. */
async function writeHub(paths: Paths, layout: Layout, nobody: AccountFiles): Promise<void> {
  const node = layout.nodes.find((candidate) => candidate.isHub);
  if (node === undefined) return;
  const { uid } = services.fairway;
  const upper = join(nodeDir(paths, layout.spec.name, node.name), "upper");
  if (!node.isOfCluster) {
    await put(upper, "etc/passwd", nobody.passwd);
    await put(upper, "etc/group", nobody.group);
    await put(upper, "etc/shadow", nobody.shadow, { mode: 0o600 });
  }
  for (const folder of ["var/lib/fairway", "etc/fairway"]) {
    await mkdir(join(upper, folder), { recursive: true });
    await chown(join(upper, folder), uid, uid);
  }
}

async function writeProxy(paths: Paths, layout: Layout): Promise<void> {
  const node = layout.nodes.find((candidate) => candidate.isProxy);
  if (node === undefined) return;
  const upper = join(nodeDir(paths, layout.spec.name, node.name), "upper");
  await put(upper, "usr/local/sbin/proxy", await readFile(join(paths.recipes, "proxy.py")), { mode: 0o755 });
  await put(upper, "etc/proxy", `${PROXY_PORT} ${findNode(layout, "hub").address}:${CALLBACK_PORT}\n`);
}

async function makeFakeGpus(paths: Paths, layout: Layout): Promise<void> {
  const gpuNode = layout.nodes.findLast((node) => node.role === "compute");
  if (!gpuNode) return;
  const dir = join(nodeDir(paths, layout.spec.name, gpuNode.name), "upper", fakeGpuDir);
  await mkdir(dir, { recursive: true });
  for (let minor = 0; minor < gpusPerNode; minor++) {
    await mustRun(["mknod", "-m", "666", join(dir, `nvidia${minor}`), "c", String(fakeGpuMajor), String(minor)]);
  }
}

async function writeHomes(homes: string, skeleton: string): Promise<void> {
  for (const person of people) {
    const home = join(homes, person.name);
    await cp(skeleton, home, { recursive: true });
    await mustRun(["chown", "-R", `${person.uid}:${person.uid}`, home]);
    await chmod(home, 0o700);
  }
}
