// What the host must have; said before anything is changed.
import { accessSync, constants } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { mustRun } from "./command.ts";
import { TestbedError } from "./errors.ts";
import type { Report } from "./roots.ts";

/** Debian's package for each program a testbed runs on the host. */
const programs = { debootstrap: "debootstrap", ip: "iproute2", unshare: "util-linux", nsenter: "util-linux", setpriv: "util-linux" };

/** Throws TestbedError where a testbed cannot be; on Debian it installs what is missing. */
export async function ensureHost(env: NodeJS.ProcessEnv, report: Report, signal?: AbortSignal): Promise<void> {
  if (process.platform !== "linux") {
    throw new TestbedError(`The testbed needs Linux (its nodes are kernel namespaces); this is ${process.platform}.`);
  }
  if (process.getuid?.() !== 0) {
    throw new TestbedError("The testbed needs root (it makes namespaces, mounts and a bridge): run it with sudo.");
  }
  const missing = Object.entries(programs).filter(([program]) => !isOnPath(env, program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))].join(" ");
  if (!/^ID(_LIKE)?=.*debian/m.test(await readFile("/etc/os-release", "utf8")) || !isOnPath(env, "apt-get")) {
    throw new TestbedError(
      `The testbed needs ${missing.map(([program]) => program).join(", ")}: install ${packages} with this system's package manager.`,
    );
  }
  report(`installing ${packages} from Debian`);
  const apt = { env: { ...env, DEBIAN_FRONTEND: "noninteractive" }, signal };
  await mustRun(["apt-get", "update", "-q"], apt);
  await mustRun(["apt-get", "install", "-q", "-y", "--no-install-recommends", ...packages.split(" ")], apt);
}

function isOnPath(env: NodeJS.ProcessEnv, program: string): boolean {
  return (env.PATH ?? "").split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, program), constants.X_OK);
      return true;
    } catch {
      // Not in this folder.
      return false;
    }
  });
}
