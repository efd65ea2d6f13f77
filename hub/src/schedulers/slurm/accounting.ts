/**
 * Who may use which account and QoS, from slurmdbd by sacctmgr. Pure: commands and parsing. sacctmgr has no delimiter of
 * our own; what it prints here are names that only administrators give, and a row that does not fit is an error.
 */
import type { Command } from "../../transports/types.ts";
import type { Association, QosFacts } from "../facts.ts";
import { SchedulerUnavailable } from "../types.ts";
import { buildEnv, type SlurmSettings } from "./commands.ts";
import { toCount, toNames, toSeconds, toText, toTres } from "./quantities.ts";

const USER_FIELDS = [
  ...["User", "DefaultAccount", "Account", "Partition", "QOS", "DefaultQOS"],
  ...["MaxWall", "MaxTRES", "MaxJobs", "MaxSubmitJobs"],
];
const ACCOUNT_FIELDS = ["Account", "ParentName"];
const QOS_FIELDS = ["Name", "Flags", "Preempt", "MaxWall", "MaxTRES", "MaxTRESPU", "MaxJobsPU", "MaxSubmitPU"];

/** Of one cluster alone: slurmdbd may serve several. Limits that an account inherits are filled in by slurmdbd. */
export function buildUsersCommand(clusterName: string, settings: SlurmSettings): Command {
  const what = ["show", "user", "withassoc", `cluster=${clusterName}`, `format=${USER_FIELDS.join(",")}`];
  return { argv: ["sacctmgr", "-nP", ...what], env: buildEnv(settings) };
}

/** Associations of accounts, which are those without a user. */
export function buildAccountsCommand(clusterName: string, settings: SlurmSettings): Command {
  const what = ["show", "assoc", `cluster=${clusterName}`, "user=", `format=${ACCOUNT_FIELDS.join(",")}`];
  return { argv: ["sacctmgr", "-nP", ...what], env: buildEnv(settings) };
}

export function buildQosCommand(settings: SlurmSettings): Command {
  return { argv: ["sacctmgr", "-nP", "show", "qos", `format=${QOS_FIELDS.join(",")}`], env: buildEnv(settings) };
}

/**
 * @returns null when we were shown nobody but, perhaps, ourselves: slurmdbd's PrivateData hides the others from an account
 *   without operator rights, and nothing must be concluded from what is hidden. (root is always there to be seen.)
 * @throws SchedulerUnavailable
 */
export function parseUsers(stdout: string): readonly Association[] | null {
  const associations = toRows(stdout, USER_FIELDS.length).map((row) => {
    const [user = "", defaultAccount, account = "", partition, qos, defaultQos, maxWall, maxTres, maxJobs, maxSubmit] = row;
    return {
      user,
      account,
      partition: toText(partition),
      isDefaultAccount: account === defaultAccount,
      qos: toNames(qos).map((name) => name.replace(/^\+/, "")),
      defaultQos: toText(defaultQos),
      maxWallSeconds: toSeconds(maxWall),
      maxTresPerJob: toTres(maxTres),
      maxJobs: toCount(maxJobs),
      maxSubmitJobs: toCount(maxSubmit),
    };
  });
  const users = new Set(associations.map(({ user }) => user));
  if (users.size <= 1 && !users.has("root")) return null;
  // A user without any account has a row of names alone.
  return associations.filter(({ account }) => account !== "");
}

/** By account, the account above it. @throws SchedulerUnavailable */
export function parseAccounts(stdout: string): Readonly<Record<string, string>> {
  const rows = toRows(stdout, ACCOUNT_FIELDS.length).filter(([, parent]) => toText(parent) !== null);
  return Object.fromEntries(rows);
}

export interface QosWithPreemption extends QosFacts {
  /** QoS whose jobs this one's may push aside. */
  readonly preempts: readonly string[];
}

/** @throws SchedulerUnavailable */
export function parseQos(stdout: string): readonly QosWithPreemption[] {
  return toRows(stdout, QOS_FIELDS.length).map(
    ([name = "", flags, preempts, maxWall, maxTres, maxTresPerUser, maxJobsPerUser, maxSubmitPerUser]) => ({
      name,
      maxWallSeconds: toSeconds(maxWall),
      maxTresPerJob: toTres(maxTres),
      maxTresPerUser: toTres(maxTresPerUser),
      maxJobsPerUser: toCount(maxJobsPerUser),
      maxSubmitJobsPerUser: toCount(maxSubmitPerUser),
      isDenyOnLimit: toNames(flags).includes("DenyOnLimit"),
      mayExceedPartitionTime: toNames(flags).includes("PartitionTimeLimit"),
      isBeforePartitionQos: toNames(flags).includes("OverPartQOS"),
      preempts: toNames(preempts),
    }),
  );
}

function toRows(stdout: string, columns: number): readonly string[][] {
  const lines = stdout.split("\n");
  if (lines.pop() !== "") throw new SchedulerUnavailable("sacctmgr's answer was cut");
  const rows = lines.map((line) => line.split("|"));
  if (rows.some((row) => row.length !== columns)) throw new SchedulerUnavailable("sacctmgr's answer was garbled");
  return rows;
}
