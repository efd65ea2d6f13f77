/** What each cluster needs: its commands, the launcher and its sudo rule, sight of jobs, names of nodes. */

import { existsSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import type { ClusterConfig, Config } from "../config/load.ts";
import { createExec } from "../transports/local/exec.ts";
import type { ExecResult } from "../transports/types.ts";
import { checkExtend } from "./extend.ts";
import { type Finding, judge } from "./finding.ts";
import { checkNodes } from "./nodes.ts";

const TIMEOUT_MS = 15_000;
const exec = createExec();

export async function checkCluster(name: string, entry: ClusterConfig, config: Config): Promise<Finding[]> {
  const findings = entry.scheduler === "slurm" ? await checkSlurm(name, entry, config) : [localNote(name)];
  const pin: Finding[] = entry.pinned_tls
    ? []
    : [
        {
          level: "warn",
          what: `${name}: pinned_tls is off: whoever takes a freed port on a shared node may receive a session's secret`,
          next: "Switch it on unless every node belongs to one person at a time.",
        },
      ];
  return [...findings, ...pin, checkCallback(name, entry, config)];
}

function localNote(name: string): Finding {
  return {
    level: "warn",
    what: `${name}: everybody's sessions run as ${userInfo().username} on this machine`,
    next: "For one person or a demo only.",
  };
}

async function checkSlurm(name: string, entry: ClusterConfig, config: Config): Promise<Finding[]> {
  const env = {
    PATH: `${entry.slurm.bin_dir}:/usr/bin:/bin`,
    LANG: "C",
    ...(entry.slurm.conf === undefined ? {} : { SLURM_CONF: entry.slurm.conf }),
  };
  const ask = (...argv: [string, ...string[]]) => run(argv, env);
  const missing = ["sbatch", "squeue", "scancel", "sacct", "sinfo"].filter((program) => !existsSync(`${entry.slurm.bin_dir}/${program}`));
  if (missing.length > 0) {
    return [
      {
        level: "fail",
        what: `${name}: ${missing.join(", ")} not found in ${entry.slurm.bin_dir}`,
        next: "Install Slurm's client commands, or set slurm.bin_dir.",
      },
    ];
  }
  const version = await ask("sinfo", "-V");
  const answer = await ask("squeue", "-h", "-t", "running", "-o", "%i");
  const settings = await ask("scontrol", "show", "config");
  const accounting = await ask("sacct", "-X", "-n", "-S", "now", "-o", "JobID");
  return [
    judge(
      version.exitCode === 0,
      `${name}: ${version.stdout.trim()}`,
      "fail",
      `${name}: Slurm's commands do not run: ${tail(version)}`,
      "Check the installation and slurm.conf.",
    ),
    judge(
      answer.exitCode === 0,
      `${name}: slurmctld answers`,
      "fail",
      `${name}: slurmctld does not answer: ${tail(answer)}`,
      "Check that it runs, and munge on this machine.",
    ),
    judge(
      accounting.exitCode === 0,
      `${name}: accounting answers`,
      "warn",
      `${name}: accounting does not answer: ${tail(accounting)}`,
      "Without it, how a job ended may not be known after a long outage of ours.",
    ),
    await checkSight(name, settings, ask),
    ...(await checkActing(name, entry)),
    ...(await checkExtend(name, entry, exec)),
    ...(await checkNodes(name, entry, await ask("sinfo", "-h", "-N", "-o", "%N %t"))),
    ...(config.sign_in.pam?.cluster === name
      ? [
          judge(
            existsSync("/etc/pam.d/fairway") && existsSync("/usr/bin/pamtester"),
            `${name}: passwords can be checked through PAM`,
            "fail",
            `${name}: /etc/pam.d/fairway or pamtester is missing`,
            "apt-get install pamtester, then run hub/share/install-node-files again.",
          ),
        ]
      : []),
  ];
}

type Ask = (...argv: [string, ...string[]]) => Promise<ExecResult>;

/** Under PrivateData=jobs only operators see other people's jobs; to others everything would look gone. */
async function checkSight(name: string, settings: ExecResult, ask: Ask): Promise<Finding> {
  const next = "Run the doctor again when slurmctld answers.";
  if (settings.exitCode !== 0)
    return { level: "warn", what: `${name}: cannot tell whether PrivateData hides jobs: ${tail(settings)}`, next };
  const isPrivate = /^\s*PrivateData\s*=.*\bjobs\b/im.test(settings.stdout);
  const rights = isPrivate ? await ask("sacctmgr", "-n", "-P", "show", "user", userInfo().username, "format=AdminLevel") : null;
  return judge(
    rights === null || /^(Operator|Administrator)$/im.test(rights.stdout.trim()),
    `${name}: jobs can be seen`,
    "fail",
    `${name}: PrivateData=jobs hides jobs from ${userInfo().username}`,
    `sacctmgr modify user ${userInfo().username} set AdminLevel=Operator`,
  );
}

async function checkActing(name: string, entry: ClusterConfig): Promise<Finding[]> {
  const { launcher, act_as: actAs } = entry;
  if (!existsSync(launcher))
    return [{ level: "fail", what: `${name}: the launcher ${launcher} is missing`, next: "As root: hub/share/install-node-files" }];
  const { uid, mode } = statSync(launcher);
  const isRoots = uid === 0 && (mode & 0o022) === 0;
  const rule = actAs === "sudo" ? await run(["sudo", "-n", "-l"], { PATH: "/usr/bin:/bin", LANG: "C" }) : null;
  return [
    judge(
      isRoots || actAs === "service",
      `${name}: ${launcher} belongs to root`,
      "fail",
      `${name}: ${launcher} can be changed by others than root`,
      `chown root:root ${launcher} && chmod 755 ${launcher}`,
    ),
    ...(rule === null
      ? [
          {
            level: "warn",
            what: `${name}: everybody's jobs run as ${userInfo().username}`,
            next: "Set act_as: sudo to run them as the people.",
          } as const,
        ]
      : [
          judge(
            rule.stdout.includes(launcher),
            `${name}: sudo lets us run the launcher as the people`,
            "fail",
            `${name}: sudo does not let us run the launcher`,
            "As root: hub/share/install-node-files",
          ),
          judge(
            !/\((ALL|root)[ :)]/.test(rule.stdout),
            `${name}: sudo gives us nothing as root`,
            "warn",
            `${name}: sudo gives us more than the launcher`,
            "Keep to the rule that install-node-files writes.",
          ),
        ]),
  ];
}

function checkCallback(name: string, entry: ClusterConfig, config: Config): Finding {
  const url = entry.callback_url ?? config.public_url ?? "";
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
  return judge(
    !isLocal || entry.scheduler === "local",
    `${name}: jobs call back to ${url}`,
    "fail",
    `${name}: jobs would call back to ${url}, which is their own node`,
    "Set callback_url to a name of this machine that the nodes know.",
  );
}

async function run(argv: readonly [string, ...string[]], env: Record<string, string>): Promise<ExecResult> {
  // Not found or too slow: for a check that is an answer like any other.
  return exec({ argv, env }, { timeoutMs: TIMEOUT_MS }).catch((error: unknown) => ({ exitCode: 127, stdout: "", stderr: String(error) }));
}

const tail = (result: ExecResult) => result.stderr.trim().split("\n").at(-1) ?? "";
