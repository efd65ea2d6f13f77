/** Can people have the terminals that the configuration promises them on a login node: the launcher's own word, and an sshd there. */
import { basename } from "node:path";
import type { ClusterConfig } from "../config/load.ts";
import type { Exec } from "../transports/types.ts";
import { type Finding, judge } from "./finding.ts";
import { isThere, run } from "./look.ts";

/** Where the launcher looks for one. */
const SSHDS = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/lib/ssh/sshd"];

export async function checkLoginTerminals(name: string, entry: ClusterConfig, exec: Exec, confFile?: string): Promise<Finding[]> {
  if (!entry.login_terminals) return [];
  // The launcher looks for its settings under its own name.
  const conf = confFile ?? `/etc/fairway/${basename(entry.launcher)}.conf`;
  const found = await Promise.all(SSHDS.map((file) => isThere(exec, file)));
  return [
    judge(
      found.includes(true),
      `${name}: there is an sshd for terminals on the login node`,
      "fail",
      `${name}: no sshd where the launcher runs, so there are no terminals`,
      "Install OpenSSH's server there; it need not run.",
    ),
    ...(entry.act_as === "sudo" ? [await checkPermission(name, exec, conf)] : []),
  ];
}

async function checkPermission(name: string, exec: Exec, conf: string): Promise<Finding> {
  return judge(
    /^LOGIN_SHELLS=yes$/m.test((await run(exec, ["cat", conf])).stdout),
    `${name}: the launcher allows terminals on the login node`,
    "fail",
    `${name}: login_terminals is on, and the launcher refuses them`,
    `Write LOGIN_SHELLS=yes into ${conf} there, or set login_terminals to false.`,
  );
}
