/**
 * Slurm's own commands, made to misbehave on the hub node as a sick installation would: a program on
 * PATH before each real one does what a word in a file says. Behind it runs the real Slurm.
 */
import type { Testbed } from "@fairway/testbed/index.ts";

export const COMMANDS = ["squeue", "sacct", "sbatch", "scancel", "scontrol", "sinfo", "sacctmgr"] as const;
export type CommandName = (typeof COMMANDS)[number];

/**
 * fails: says that it cannot reach the controller. hangs: for longer than any time-out. garbage: random
 * bytes, and success. half: what the real one says, cut in the middle, and success. silent: nothing, and
 * success. late: does its work, and then never says so.
 */
export const MISBEHAVIOURS = ["fails", "hangs", "garbage", "half", "silent", "late"] as const;
export type Misbehaviour = (typeof MISBEHAVIOURS)[number];

/** Where they stand: a cluster's `slurm.bin_dir`, and early on the launcher's PATH. */
export const COMMANDS_DIR = "/usr/local/bin";

export async function installCommands(testbed: Testbed): Promise<void> {
  await testbed.mustExec("hub", ["install", "-d", "-m", "1777", "/gates"]);
  for (const name of COMMANDS) {
    const script = `#!/bin/sh
PATH=/usr/bin:/bin
case $(cat /gates/${name}.how 2>/dev/null) in
  fails) echo '${name}: error: slurm_load_jobs: Unable to contact slurm controller (connect failure)' >&2; exit 1 ;;
  hangs) exec sleep 600 ;;
  garbage) head -c 3000 /dev/urandom; exit 0 ;;
  half) said=$(/usr/bin/${name} "$@"; echo .); said=\${said%.}; printf '%s' "$said" | head -c $((\${#said} / 2)); exit 0 ;;
  silent) exit 0 ;;
  late) /usr/bin/${name} "$@" >/dev/null 2>&1; exec sleep 600 ;;
esac
exec /usr/bin/${name} "$@"
`;
    await testbed.mustExec("hub", ["tee", `${COMMANDS_DIR}/${name}`], { stdin: script });
    await testbed.mustExec("hub", ["chmod", "755", `${COMMANDS_DIR}/${name}`]);
  }
}

export async function misbehave(testbed: Testbed, name: CommandName, how: Misbehaviour): Promise<void> {
  await testbed.mustExec("hub", ["tee", `/gates/${name}.how`], { stdin: how });
}

/** From now on all is as it should be; what hangs is ended, as an operator would. */
export async function behave(testbed: Testbed): Promise<void> {
  for (const name of COMMANDS) await testbed.mustExec("hub", ["rm", "-f", `/gates/${name}.how`]);
  await testbed.exec("hub", ["pkill", "-KILL", "-f", "^sleep 600$"]);
}
