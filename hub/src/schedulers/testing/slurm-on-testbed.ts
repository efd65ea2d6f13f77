/** The Slurm adapter as the hub node of a testbed has it: installed by install-node-files, run as the service account. */
import type { Testbed } from "@fairway/testbed/index.ts";
import { buildLauncherCommand } from "../../transports/local/launcher-command.ts";
import type { ActAs, Exec } from "../../transports/types.ts";
import { createScheduler } from "../index.ts";
import type { Harness } from "./contract.ts";

export const LAUNCHER = "/usr/libexec/fairway/launcher";
export const OPERATOR = { account: "fairway-operator", script: "/usr/libexec/fairway/operator" };
/** Longest that a session may be extended to. */
export const MAX_MINUTES = 120;
export const INSTALL = [
  "/opt/fairway/hub/share/install-node-files",
  ...["--operator", OPERATOR.account, "--max-minutes", String(MAX_MINUTES)],
] as const;

export async function openSlurm(testbed: Testbed): Promise<Harness> {
  await testbed.mustExec("hub", INSTALL);
  const exec: Exec = async (command, { timeoutMs }) => {
    const { argv, stdin, env } = command;
    const { code, stdout, stderr } = await testbed.exec("hub", argv, { user: "fairway", stdin, env, timeoutMs });
    return { exitCode: code ?? 137, stdout, stderr };
  };
  const actAs: ActAs = (user, verb, options) =>
    exec(buildLauncherCommand({ launcher: LAUNCHER, sudo: true }, user, verb, options.timeoutMs), options);
  const scheduler = createScheduler("slurm", { launcher: LAUNCHER, stateDir: "/var/lib/fairway" });
  return { scheduler, exec, actAs, user: "alice", account: "alice" };
}
