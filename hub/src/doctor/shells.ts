/** Can people have the shells that the configuration promises them on a login node: root's own word there, and an sshd. */
import type { ClusterConfig } from "../config/load.ts";
import type { Exec } from "../transports/types.ts";
import { type Finding, judge } from "./finding.ts";
import { confOf, isRootsAlone, isThere, listSudoRules, run } from "./look.ts";

/** Where the script looks for one. */
const SSHDS = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/lib/ssh/sshd"];

export async function checkShells(
  name: string,
  { shells, act_as: actAs }: ClusterConfig,
  exec: Exec,
  confFile?: string,
): Promise<Finding[]> {
  if (shells === undefined || !(shells.login || shells.jobs)) return [];
  const { script } = shells;
  const wanted = [shells.login ? "login" : "", shells.jobs ? "jobs" : ""].filter(Boolean).join(" ");
  const install = `As root on the login node: hub/share/install-node-files --shells "${wanted}"`;
  if (!(await isThere(exec, script))) return [{ level: "fail", what: `${name}: there is no ${script} on the login node`, next: install }];
  const conf = confFile ?? confOf(script);
  const settings = (await run(exec, ["cat", conf])).stdout;
  const allows = (key: string) => new RegExp(`^${key}=yes$`, "m").test(settings);
  const found = await Promise.all(SSHDS.map((file) => isThere(exec, file)));
  const isMissing = (shells.login && !allows("LOGIN")) || (shells.jobs && !allows("JOBS"));
  return [
    judge(
      await isRootsAlone(exec, script),
      `${name}: ${script} belongs to root`,
      "fail",
      `${name}: ${script} can be changed by others`,
      install,
    ),
    judge(
      !isMissing,
      `${name}: ${conf} allows the shells that people are promised`,
      "fail",
      `${name}: people are promised shells (${wanted}) that ${conf} does not allow`,
      "Write LOGIN=yes or JOBS=yes into it, or take them out of shells.",
    ),
    judge(
      found.includes(true),
      `${name}: there is an sshd for people's shells on the login node`,
      "fail",
      `${name}: there is no sshd for people's shells on the login node`,
      "Install OpenSSH's server there.",
    ),
    ...(actAs === "sudo" ? [await checkRule(name, script, exec, install)] : []),
  ];
}

async function checkRule(name: string, script: string, exec: Exec, install: string): Promise<Finding> {
  return judge(
    (await listSudoRules(exec)).includes(script),
    `${name}: sudo lets us start shells as the people`,
    "fail",
    `${name}: sudo does not let us run ${script}`,
    install,
  );
}
