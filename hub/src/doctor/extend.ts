/** May people raise time limits as the configuration promises: the operator script, the sudo rule, the account's rights in Slurm. */
import type { ClusterConfig } from "../config/load.ts";
import type { Exec } from "../transports/types.ts";
import { type Finding, judge } from "./finding.ts";
import { confOf, isRootsAlone, isThere, listSudoRules, run, slurmEnvOf } from "./look.ts";

export async function checkExtend(name: string, entry: ClusterConfig, exec: Exec, confFile?: string): Promise<Finding[]> {
  if (entry.extend === undefined) return [];
  const { operator, script, max_total: maxTotalMs } = entry.extend;
  const install = `As root: hub/share/install-node-files --operator ${operator} --max-minutes ${Math.floor(maxTotalMs / 60_000)}`;
  if (!(await isThere(exec, script))) return [{ level: "fail", what: `${name}: the operator script ${script} is missing`, next: install }];
  const rules = await listSudoRules(exec);
  const rights = await run(exec, ["sacctmgr", "-n", "-P", "show", "user", operator, "format=AdminLevel"], slurmEnvOf(entry));
  return [
    judge(
      await isRootsAlone(exec, script),
      `${name}: ${script} belongs to root`,
      "fail",
      `${name}: ${script} can be changed by others than root`,
      install,
    ),
    judge(
      rules.includes(script),
      `${name}: sudo lets us raise time limits as ${operator}`,
      "fail",
      `${name}: sudo does not let us run ${script}`,
      install,
    ),
    judge(
      /^(Operator|Administrator)$/im.test(rights.stdout.trim()),
      `${name}: ${operator} is an operator of Slurm's`,
      "fail",
      `${name}: ${operator} has no operator rights in Slurm (or accounting does not answer)`,
      `sacctmgr modify user ${operator} set AdminLevel=Operator`,
    ),
    await checkMaximum(name, maxTotalMs, exec, confFile ?? confOf(script)),
  ];
}

/** Two limits that differ are no fault, but people are promised what they will not get. */
async function checkMaximum(name: string, maxTotalMs: number, exec: Exec, confFile: string): Promise<Finding> {
  // Not there, or not for us to read: the finding is the same.
  const found = /^MAX_MINUTES=(\d+)$/m.exec((await run(exec, ["cat", confFile])).stdout)?.[1];
  if (found === undefined)
    return { level: "fail", what: `${name}: ${confFile} sets no MAX_MINUTES`, next: "The operator script refuses everything without it." };
  const minutes = Number(found);
  return judge(
    minutes * 60_000 >= maxTotalMs,
    `${name}: the operator script allows ${minutes} minutes in all`,
    "warn",
    `${name}: the operator script allows ${minutes} minutes, extend.max_total ${Math.floor(maxTotalMs / 60_000)}`,
    `Set the same in both: MAX_MINUTES in ${confFile}, and extend.max_total.`,
  );
}
