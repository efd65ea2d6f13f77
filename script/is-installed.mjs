// Exits 0 if node_modules holds what the lockfile says. Runs on whatever Node the system has (18 or
// later): it is asked before ours is there. npm writes its own record last, so half an installation
// is none.
import { existsSync, readFileSync } from "node:fs";

const readPackages = (file) => JSON.parse(readFileSync(file, "utf8")).packages;

function isInstalled() {
  const record = "node_modules/.package-lock.json";
  if (!existsSync(record)) return false;
  const [wanted, present] = [readPackages("package-lock.json"), readPackages(record)];
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith("node_modules/")) return true;
    if (entry.optional && !(path in present)) return !isForHere(entry);
    return path in present && existsSync(path) && (entry.link === true || present[path].version === entry.version);
  });
}

// An optional package that names this very platform is not optional here: it is the part that runs. An
// npm on an older Node leaves it out without a word if the package asks for a newer Node.
function isForHere({ os, cpu, libc }) {
  if (os === undefined || cpu === undefined) return false;
  const ours = process.report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "glibc";
  return os.includes(process.platform) && cpu.includes(process.arch) && (libc === undefined || libc.includes(ours));
}

process.exitCode = isInstalled() ? 0 : 1;
