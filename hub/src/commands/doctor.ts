/**
 * `fairway doctor`: what Fairway needs on this machine, checked one by one, each line ok, warn or fail
 * with what to do. It changes nothing and submits nothing.
 */
import { loadConfig } from "../config/load.ts";
import { checkCluster } from "../doctor/cluster.ts";
import type { Finding } from "../doctor/finding.ts";
import { checkSite } from "../doctor/site.ts";

export async function runDoctor(file: string, asJson: boolean): Promise<void> {
  const config = loadConfig(file);
  const findings: Finding[] = [{ level: "ok", what: `${file} is valid` }, ...(await checkSite(config))];
  for (const [name, entry] of Object.entries(config.clusters)) findings.push(...(await checkCluster(name, entry, config)));
  if (asJson) process.stdout.write(`${JSON.stringify({ findings }, null, 2)}\n`);
  else process.stdout.write(`${findings.map(toLine).join("\n")}\n${summary(findings)}\n`);
  process.exitCode = findings.some((finding) => finding.level === "fail") ? 1 : 0;
}

const toLine = ({ level, what, next }: Finding) => `${level.padEnd(4)}  ${what}${next === undefined ? "" : `\n      -> ${next}`}`;

function summary(findings: readonly Finding[]): string {
  const count = (level: Finding["level"]) => findings.filter((finding) => finding.level === level).length;
  return `${count("ok")} ok, ${count("warn")} to look at, ${count("fail")} to mend`;
}
