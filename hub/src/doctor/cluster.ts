/** What each cluster needs: its commands, the launcher and its sudo rule, sight of jobs, names of nodes. */

import { userInfo } from "node:os";
import type { ClusterConfig, Config } from "../config/load.ts";
import { createExec } from "../transports/local/exec.ts";
import type { Exec, ExecResult } from "../transports/types.ts";
import { checkExtend } from "./extend.ts";
import { type Finding, judge } from "./finding.ts";
import { isRootsAlone, isThere, listSudoRules, run, slurmEnvOf, tail } from "./look.ts";
import { checkNodes } from "./nodes.ts";
import { checkShells } from "./shells.ts";
import { checkLoginNodes } from "./ssh.ts";

/** @param testUser whose account is tried, where one is named */
export async function checkCluster(name: string, entry: ClusterConfig, config: Config, testUser?: string): Promise<Finding[]> {
  const findings = entry.scheduler === "slurm" ? await checkSlurmWhereItIs(name, entry, config, testUser) : [localNote(name)];
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

async function checkSlurmWhereItIs(name: string, entry: ClusterConfig, config: Config, testUser?: string): Promise<Finding[]> {
  if (entry.ssh === undefined) return checkSlurm(name, entry, config, createExec());
  const { findings, exec, end } = await checkLoginNodes(name, entry, config, testUser);
  try {
    return [...findings, ...(exec === null ? [] : await checkSlurm(name, entry, config, exec))];
  } finally {
    await end();
  }
}

/** @param exec on the machine that has Slurm's commands */
async function checkSlurm(name: string, entry: ClusterConfig, config: Config, exec: Exec): Promise<Finding[]> {
  const env = slurmEnvOf(entry);
  const ask = (...argv: [string, ...string[]]) => run(exec, argv, env);
  const missing: string[] = [];
  for (const program of ["sbatch", "squeue", "scancel", "sacct", "sinfo"]) {
    if (!(await isThere(exec, `${entry.slurm.bin_dir}/${program}`))) missing.push(program);
  }
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
  const account = (await ask("id", "-un")).stdout.trim();
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
    await checkSight(name, account, settings, ask),
    ...(await checkActing(name, entry, account, exec)),
    ...(await checkExtend(name, entry, exec)),
    ...(await checkShells(name, entry, exec)),
    ...(isReachedFromHere(entry) ? await checkNodes(name, entry, await ask("sinfo", "-h", "-N", "-o", "%N %t")) : []),
    ...(config.sign_in.pam?.cluster === name
      ? [
          judge(
            (await isThere(exec, "/etc/pam.d/fairway")) && (await isThere(exec, "/usr/bin/pamtester")),
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
async function checkSight(name: string, account: string, settings: ExecResult, ask: Ask): Promise<Finding> {
  const next = "Run the doctor again when slurmctld answers.";
  if (settings.exitCode !== 0)
    return { level: "warn", what: `${name}: cannot tell whether PrivateData hides jobs: ${tail(settings)}`, next };
  const isPrivate = /^\s*PrivateData\s*=.*\bjobs\b/im.test(settings.stdout);
  const rights = isPrivate ? await ask("sacctmgr", "-n", "-P", "show", "user", account, "format=AdminLevel") : null;
  return judge(
    rights === null || /^(Operator|Administrator)$/im.test(rights.stdout.trim()),
    `${name}: jobs can be seen`,
    "fail",
    `${name}: PrivateData=jobs hides jobs from ${account}`,
    `sacctmgr modify user ${account} set AdminLevel=Operator`,
  );
}

async function checkActing(name: string, entry: ClusterConfig, account: string, exec: Exec): Promise<Finding[]> {
  const { launcher, act_as: actAs } = entry;
  if (!(await isThere(exec, launcher)))
    return [{ level: "fail", what: `${name}: the launcher ${launcher} is missing`, next: "As root: hub/share/install-node-files" }];
  const isRoots = await isRootsAlone(exec, launcher);
  const rules = actAs === "sudo" ? await listSudoRules(exec) : null;
  return [
    judge(
      isRoots || actAs === "service",
      `${name}: ${launcher} belongs to root`,
      "fail",
      `${name}: ${launcher} can be changed by others than root`,
      `chown root:root ${launcher} && chmod 755 ${launcher}`,
    ),
    ...(actAs === "service"
      ? [
          {
            level: "warn",
            what: `${name}: everybody's jobs run as ${account}`,
            next: "Set act_as: sudo to run them as the people.",
          } as const,
        ]
      : []),
    ...(rules === null
      ? []
      : [
          judge(
            rules.includes(launcher),
            `${name}: sudo lets us run the launcher as the people`,
            "fail",
            `${name}: sudo does not let us run the launcher`,
            "As root: hub/share/install-node-files",
          ),
          judge(
            !/\((ALL|root)[ :)]/.test(rules),
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

/** From a login node, or by the job itself: then nothing here needs to know the nodes. */
const isReachedFromHere = ({ ssh, route }: ClusterConfig) => route === "direct" || (route === "auto" && ssh === undefined);
