/** May people raise time limits as the configuration promises: the operator script, the sudo rule, the account's rights in Slurm. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { ClusterConfig } from "../config/load.ts";
import type { Exec } from "../transports/types.ts";
import { type Finding, judge } from "./finding.ts";

const TIMEOUT_MS = 15_000;
/** The script looks for its settings under its own name. */
const confOf = (script: string) => `/etc/fairway/${basename(script)}.conf`;

export async function checkExtend(name: string, entry: ClusterConfig, exec: Exec, confFile?: string): Promise<Finding[]> {
  if (entry.extend === undefined) return [];
  const { operator, script, max_total: maxTotalMs } = entry.extend;
  const install = `As root: hub/share/install-node-files --operator ${operator} --max-minutes ${Math.floor(maxTotalMs / 60_000)}`;
  if (!existsSync(script)) return [{ level: "fail", what: `${name}: the operator script ${script} is missing`, next: install }];
  const { uid, mode } = statSync(script);
  const rule = await run(exec, ["sudo", "-n", "-l"], { PATH: "/usr/bin:/bin", LANG: "C" });
  const slurmEnv = {
    PATH: `${entry.slurm.bin_dir}:/usr/bin:/bin`,
    LANG: "C",
    ...(entry.slurm.conf === undefined ? {} : { SLURM_CONF: entry.slurm.conf }),
  };
  const rights = await run(exec, ["sacctmgr", "-n", "-P", "show", "user", operator, "format=AdminLevel"], slurmEnv);
  return [
    judge(
      uid === 0 && (mode & 0o022) === 0,
      `${name}: ${script} belongs to root`,
      "fail",
      `${name}: ${script} can be changed by others than root`,
      install,
    ),
    judge(
      rule.includes(script),
      `${name}: sudo lets us raise time limits as ${operator}`,
      "fail",
      `${name}: sudo does not let us run ${script}`,
      install,
    ),
    judge(
      /^(Operator|Administrator)$/im.test(rights.trim()),
      `${name}: ${operator} is an operator of Slurm's`,
      "fail",
      `${name}: ${operator} has no operator rights in Slurm (or accounting does not answer)`,
      `sacctmgr modify user ${operator} set AdminLevel=Operator`,
    ),
    checkMaximum(name, maxTotalMs, confFile ?? confOf(script)),
  ];
}

/** Two limits that differ are no fault, but people are promised what they will not get. */
function checkMaximum(name: string, maxTotalMs: number, confFile: string): Finding {
  const minutes = readMaxMinutes(confFile);
  if (minutes === null)
    return { level: "fail", what: `${name}: ${confFile} sets no MAX_MINUTES`, next: "The operator script refuses everything without it." };
  return judge(
    minutes * 60_000 >= maxTotalMs,
    `${name}: the operator script allows ${minutes} minutes in all`,
    "warn",
    `${name}: the operator script allows ${minutes} minutes, extend.max_total ${Math.floor(maxTotalMs / 60_000)}`,
    `Set the same in both: MAX_MINUTES in ${confFile}, and extend.max_total.`,
  );
}

function readMaxMinutes(file: string): number | null {
  try {
    const found = /^MAX_MINUTES=(\d+)$/m.exec(readFileSync(file, "utf8"))?.[1];
    return found === undefined ? null : Number(found);
  } catch {
    // Not there, or not for us: the finding is the same.
    return null;
  }
}

async function run(exec: Exec, argv: readonly [string, ...string[]], env: Record<string, string>): Promise<string> {
  // Not found or too slow: for a check that is an answer like any other.
  return exec({ argv, env }, { timeoutMs: TIMEOUT_MS }).then(
    ({ stdout }) => stdout,
    () => "",
  );
}
