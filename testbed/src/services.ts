// The daemons of a node: which run where, how each starts, and when it is ready.
import { connect } from "node:net";
import { TestbedError } from "./errors.ts";
import { mustExecIn } from "./exec.ts";
import { type NodePlan, type NodeRole, PROXY_PORT } from "./layout.ts";
import { listNodeProcesses, type NodeProcess, sendSignal } from "./processes.ts";
import { waitFor } from "./waiting.ts";

export const serviceNames = ["munged", "sshd", "mariadbd", "slurmdbd", "slurmctld", "slurmrestd", "slurmd", "proxy"] as const;
export type ServiceName = (typeof serviceNames)[number];
export type ServiceState = "running" | "paused" | "stopped";

interface Service {
  readonly roles: readonly NodeRole[];
  /** It also runs on a hub that is not of the cluster. */
  readonly anyHost?: boolean;
  /** A daemon that puts itself in the background, or (`stays`) one that must be put there. */
  readonly argv: readonly string[];
  readonly stays?: boolean;
  readonly ready: { readonly port: number } | { readonly socket: string };
}

const everywhere: readonly NodeRole[] = ["head", "login", "hub", "compute"];
const asUser = (user: string) => ["setpriv", "--reuid", user, "--regid", user, "--init-groups"];

const services: Readonly<Record<ServiceName, Service>> = {
  munged: { roles: everywhere, argv: [...asUser("munge"), "munged"], ready: { socket: "/run/munge/munge.socket.2" } },
  sshd: { roles: everywhere, anyHost: true, argv: ["/usr/sbin/sshd"], ready: { port: 22 } },
  mariadbd: {
    roles: ["head"],
    argv: ["mariadbd", "--user=mysql", "--loose-innodb-snapshot-isolation=OFF"],
    stays: true,
    ready: { socket: "/run/mysqld/mysqld.sock" },
  },
  slurmdbd: { roles: ["head"], argv: ["slurmdbd"], ready: { port: 6819 } },
  slurmctld: { roles: ["head"], argv: ["slurmctld"], ready: { port: 6817 } },
  slurmrestd: {
    roles: ["head"],
    argv: [...asUser("slurmrest"), "env", "SLURM_JWT=daemon", "slurmrestd", "-a", "rest_auth/jwt", "0.0.0.0:6820"],
    stays: true,
    ready: { port: 6820 },
  },
  slurmd: { roles: ["compute"], argv: ["slurmd"], ready: { port: 6818 } },
  proxy: { roles: ["login"], argv: ["/usr/local/sbin/proxy"], stays: true, ready: { port: PROXY_PORT } },
};

export function isServiceName(text: string): text is ServiceName {
  return (serviceNames as readonly string[]).includes(text);
}

/** A node's services, in the order they start. */
export function servicesOf(node: NodePlan): ServiceName[] {
  return serviceNames.filter((name) => {
    const { roles, anyHost = false } = services[name];
    return roles.includes(node.role) && (node.isOfCluster || anyHost) && (node.isProxy || name !== "proxy");
  });
}

export function readServiceState(initPid: number, name: ServiceName): ServiceState {
  const daemon = findDaemon(initPid, name);
  if (!daemon) return "stopped";
  return daemon.state === "T" ? "paused" : "running";
}

/** Starts a service unless it runs, and waits until it answers. */
export async function ensureService(node: NodePlan, initPid: number, name: ServiceName, signal?: AbortSignal): Promise<void> {
  const service = services[name];
  const daemon = findDaemon(initPid, name);
  if (daemon?.state === "T") sendSignal(daemon.pid, "SIGCONT");
  if (!daemon) {
    const background = ["setsid", "--fork", "sh", "-c", `exec "$@" </dev/null >>/var/log/${name}.log 2>&1`, name];
    await mustExecIn(initPid, service.stays ? [...background, ...service.argv] : service.argv, { signal, timeoutMs: 20_000 });
  }
  const { ready } = service;
  const target = "port" in ready ? { host: node.address, port: ready.port } : { path: `/proc/${initPid}/root${ready.socket}` };
  let missing = 0;
  const ask = async () => {
    if (await answers(target)) return true;
    // A daemon that goes into the background reports success first, and may end right after.
    missing = findDaemon(initPid, name) ? 0 : missing + 1;
    if (missing > 50) throw new TestbedError(`${name} on ${node.name} ended at its start: see its log in the node's /var/log.`);
    return undefined;
  };
  await waitFor(`${name} on ${node.name}`, 30_000, ask, { intervalMs: 20, signal });
}

/** Sends a signal to a service's daemon, not to what it started for its users. Throws TestbedError when it does not run. */
export function signalService(node: NodePlan, initPid: number, name: ServiceName, signal: NodeJS.Signals): void {
  const daemon = findDaemon(initPid, name);
  if (!daemon) throw new TestbedError(`${name} does not run on ${node.name}.`);
  sendSignal(daemon.pid, signal);
}

export async function stopService(node: NodePlan, initPid: number, name: ServiceName, how: "SIGTERM" | "SIGKILL"): Promise<void> {
  const daemon = findDaemon(initPid, name);
  if (!daemon) return;
  sendSignal(daemon.pid, how);
  // A paused one would keep the signal until it goes on.
  if (daemon.state === "T") sendSignal(daemon.pid, "SIGCONT");
  await waitFor(`${name} on ${node.name} to stop`, 60_000, () => (findDaemon(initPid, name)?.pid === daemon.pid ? undefined : true));
}

/** The oldest process of that name: sshd's and slurmd's children may bear it, too. */
function findDaemon(initPid: number, name: ServiceName): NodeProcess | undefined {
  return listNodeProcesses(initPid).find((process) => process.command === name && process.state !== "Z");
}

function answers(target: { readonly host: string; readonly port: number } | { readonly path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(target);
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => done(false));
    socket.on("connect", () => done(true));
    socket.on("error", () => done(false));
  });
}
