// Makes TCP ports of nodes answer on the host's loopback, by one relay process each.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { TestbedError } from "./errors.ts";
import { findNode, type Layout } from "./layout.ts";
import { findTestbedProcesses, killProcesses, processMark } from "./processes.ts";

export interface Publication {
  readonly node: string;
  readonly port: number;
  readonly hostPort: number;
  readonly pid: number;
}

export function listPublications(testbed: string): Publication[] {
  return findTestbedProcesses(testbed).flatMap(({ pid, subject }) => {
    const [, node, port, hostPort] = /^relay:([^:]+):(\d+):(\d+)$/.exec(subject) ?? [];
    return node === undefined ? [] : [{ node, port: Number(port), hostPort: Number(hostPort), pid }];
  });
}

/** Returns when the port answers. Does nothing when it is published already; throws when something else has the host's port. */
export async function publishPort(layout: Layout, nodeName: string, port: number, hostPort: number): Promise<void> {
  const node = findNode(layout, nodeName);
  const existing = listPublications(layout.spec.name).find((publication) => publication.hostPort === hostPort);
  if (existing && existing.node === nodeName && existing.port === port) return;
  if (existing) throw new TestbedError(`127.0.0.1:${hostPort} already is port ${existing.port} of ${existing.node}: unpublish it first.`);

  const mark = [processMark, layout.spec.name, `relay:${nodeName}:${port}:${hostPort}`];
  const argv = [join(import.meta.dirname, "relay.ts"), String(hostPort), node.address, String(port), ...mark];
  const relay = spawn(process.execPath, argv, { detached: true, stdio: ["ignore", "pipe", "pipe"], cwd: "/" });
  await new Promise<void>((resolve, reject) => {
    let complaint = "";
    relay.stderr.on("data", (chunk) => {
      complaint += String(chunk);
    });
    relay.stdout.once("data", () => resolve());
    relay.once("error", reject);
    relay.once("exit", () => {
      const reason = complaint.includes("EADDRINUSE") ? "something else has this port" : complaint.trim().slice(-500);
      reject(new TestbedError(`127.0.0.1:${hostPort} cannot be published: ${reason}.`));
    });
  });
  relay.removeAllListeners();
  relay.stdout.destroy();
  relay.stderr.destroy();
  relay.unref();
}

/** Ends one publication; nothing happens when there is none. */
export async function unpublishPort(testbed: string, hostPort: number): Promise<void> {
  const pids = listPublications(testbed).flatMap((publication) => (publication.hostPort === hostPort ? [publication.pid] : []));
  if (pids.length > 0) await killProcesses(pids);
}
