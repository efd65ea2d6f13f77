/**
 * `fairway doctor`: what Fairway needs on this machine, checked one by one, each line ok, warn or fail
 * with what to do. It changes nothing and submits nothing. `fairway doctor CLUSTER --user NAME --probe` asks the
 * running hub for that cluster's init report, with short jobs of that person.
 */
import { loadConfig } from "../config/load.ts";
import { checkCluster } from "../doctor/cluster.ts";
import type { Finding } from "../doctor/finding.ts";
import { askForProbe } from "../doctor/probe-api.ts";
import { checkSite } from "../doctor/site.ts";
import { toNoHub } from "./ask-hub.ts";
import { feedSocketPath } from "./sockets.ts";

export interface DoctorOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly user?: string;
  readonly probe?: boolean;
  readonly partition?: string;
}

export async function runDoctor(cluster: string | undefined, options: DoctorOptions): Promise<void> {
  const findings: Finding[] = [];
  const tell = (finding: Finding) => {
    findings.push(finding);
    if (options.json !== true) process.stdout.write(`${toLine(finding)}\n`);
  };
  if (options.probe === true) await probe(cluster, options, tell);
  else await check(cluster, options, tell);
  process.stdout.write(options.json === true ? `${JSON.stringify({ findings }, null, 2)}\n` : `${summary(findings)}\n`);
  process.exitCode = findings.some((finding) => finding.level === "fail") ? 1 : 0;
}

async function check(only: string | undefined, { config: file, user }: DoctorOptions, tell: (finding: Finding) => void): Promise<void> {
  const config = loadConfig(file);
  const names = Object.keys(config.clusters);
  if (only !== undefined && !names.includes(only)) throw new Error(`there is no cluster ${only} (known: ${names.join(", ")})`);
  tell({ level: "ok", what: `${file} is valid` });
  if (only === undefined) for (const finding of await checkSite(config)) tell(finding);
  for (const [name, entry] of Object.entries(config.clusters)) {
    if (only !== undefined && name !== only) continue;
    for (const finding of await checkCluster(name, entry, config, user)) tell(finding);
  }
}

/** Ctrl-C ends it; the hub then stops the jobs. */
async function probe(cluster: string | undefined, options: DoctorOptions, tell: (finding: Finding) => void): Promise<void> {
  const { user, partition = null } = options;
  if (cluster === undefined || user === undefined)
    throw new Error("which cluster, and as whom? Use: fairway doctor CLUSTER --user NAME --probe");
  const config = loadConfig(options.config);
  const stopped = new AbortController();
  process.once("SIGINT", () => stopped.abort(new Error("interrupted; its jobs are stopped")));
  await askForProbe(feedSocketPath(config), { cluster, user, partition }, tell, stopped.signal).catch((cause: unknown) => {
    throw toNoHub(cause, config) ?? cause;
  });
}

const toLine = ({ level, what, next }: Finding) => `${level.padEnd(4)}  ${what}${next === undefined ? "" : `\n      -> ${next}`}`;

function summary(findings: readonly Finding[]): string {
  const count = (level: Finding["level"]) => findings.filter((finding) => finding.level === level).length;
  return `${count("ok")} ok, ${count("warn")} to look at, ${count("fail")} to mend`;
}
