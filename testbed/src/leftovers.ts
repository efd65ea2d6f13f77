// Looks for anything a testbed has on this host, without asking what it wrote down about itself.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { listCgroups } from "./cgroups.ts";
import type { Layout } from "./layout.ts";
import { hasLink } from "./network.ts";
import { type Paths, testbedDir } from "./paths.ts";
import { findTestbedProcesses } from "./processes.ts";

/** One line per thing: process, mount (in any namespace), link, cgroup, folder. */
export function findLeftovers(paths: Paths, layout: Layout): string[] {
  const { name } = layout.spec;
  const dir = testbedDir(paths, name);
  const links = [layout.bridge, ...layout.nodes.map((node) => node.link)].filter(hasLink);
  return [
    ...findTestbedProcesses(name).map((found) => `process ${found.pid} (${found.subject})`),
    ...findMounts(`${dir}/`).map((mount) => `mount ${mount}`),
    ...links.map((link) => `link ${link}`),
    ...listCgroups(name).map((cgroup) => `cgroup ${cgroup}`),
    ...(existsSync(dir) ? [`folder ${dir}`] : []),
  ];
}

/** A process that was left in a node's namespaces shows its mounts, whatever it is called. */
function findMounts(dir: string): string[] {
  const found = readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const lines = readFileSync(`/proc/${pid}/mountinfo`, "utf8").split("\n");
      return lines.filter((line) => line.includes(dir)).map((line) => `${line.split(" ")[4]} seen by ${pid}`);
    } catch {
      // The process has ended, or is a zombie, which has no mounts.
      return [];
    }
  });
  return found;
}
