/**
 * Adds to the lockfile what a mirror could not give: the optional packages for other platforms. npm
 * leaves out those that it cannot fetch when it writes the lockfile, and from version 11 on `npm ci`
 * refuses a lockfile without them. They are never installed here, so name, version and platform do.
 *
 *   node script/complete-lockfile.ts      after an `npm install` that added such a package
 */
import { readFileSync, writeFileSync } from "node:fs";

export interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly cpu?: readonly string[];
  readonly os?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const PROCESSORS = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** The entries that are missing, by their key in the lockfile. @throws when a name does not tell its platform. */
export function findMissing(packages: LockedPackages): LockedPackages {
  const present = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf("node_modules/"))));
  const missing = Object.values(packages).flatMap(({ dev, optionalDependencies = {} }) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !present.has(`node_modules/${name}`))
      .map(([name, version]): [string, LockedPackage] => [`node_modules/${name}`, toEntry(name, version, dev)]),
  );
  return Object.fromEntries(missing);
}

function toEntry(name: string, version: string, dev: boolean | undefined): LockedPackage {
  const words = name.split(/[-/]/);
  const [os, cpu] = [words.findLast((word) => SYSTEMS.includes(word)), words.findLast((word) => PROCESSORS.includes(word))];
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+/.test(version)) {
    throw new Error(`${name}@${version} does not tell its platform: lock it by hand.`);
  }
  const libc = words.some((word) => word.startsWith("musl")) ? { libc: ["musl"] } : {};
  return { version, cpu: [cpu], ...(dev === true ? { dev } : {}), ...libc, optional: true, os: [os] };
}

if (import.meta.main) {
  const file = new URL("../package-lock.json", import.meta.url);
  const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: LockedPackages };
  const missing = findMissing(lock.packages);
  const packages = Object.fromEntries(Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
  process.stdout.write(`${Object.keys(missing).length} added\n`);
}
