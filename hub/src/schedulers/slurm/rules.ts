/**
 * What changes by the day: partitions, reservations and, where accounting is enforced, who may use which account and QoS.
 * The order of the questions and what a missing answer means; what is asked and read is in partitions.ts and accounting.ts.
 */
import type { Command, Exec } from "../../transports/types.ts";
import { mustAskScheduler } from "../ask.ts";
import type { Association, QosFacts, Rules } from "../facts.ts";
import { type CallOptions, SchedulerUnavailable } from "../types.ts";
import {
  buildAccountsCommand,
  buildQosCommand,
  buildUsersCommand,
  parseAccounts,
  parseQos,
  parseUsers,
  type QosWithPreemption,
} from "./accounting.ts";
import { buildConfigCommand, type SlurmSettings } from "./commands.ts";
import { buildPartitionsCommand, buildReservationsCommand, parsePartitions, parseReservations } from "./partitions.ts";
import type { Keyed } from "./quantities.ts";

/**
 * Six commands: four calls of slurmctld, three of slurmdbd. When slurmdbd cannot be asked the partitions are still worth knowing:
 * then `isAccountingAway` is set, and associations and QoS are what the caller knew before.
 * @throws SchedulerUnavailable when slurmctld cannot be asked
 */
export async function readRules(exec: Exec, settings: SlurmSettings, options: CallOptions): Promise<Rules> {
  const ask = (command: Command) => mustAskScheduler(() => exec(command, options));
  const config = parseConfig(await ask(buildConfigCommand(settings)));
  const accounting = await readAccounting(ask, config, settings);
  const preempts = toPreemption(config.preemptType, accounting.qos);
  return {
    partitions: parsePartitions(await ask(buildPartitionsCommand(settings)), preempts),
    reservations: parseReservations(await ask(buildReservationsCommand(settings))),
    ...accounting,
    qos: accounting.qos.map(({ preempts: _, ...qos }) => qos),
  };
}

type Accounting = Pick<Rules, "associations" | "accountParents" | "enforcesQos" | "isAccountingAway"> & {
  readonly qos: readonly QosWithPreemption[];
};

async function readAccounting(
  ask: (command: Command) => Promise<string>,
  config: SlurmConfig,
  settings: SlurmSettings,
): Promise<Accounting> {
  const { clusterName, enforces } = config;
  const nothing = { associations: null, accountParents: {}, enforcesQos: enforces.has("qos"), qos: [] };
  if (!config.keepsAccounts) return nothing;
  try {
    const qos = parseQos(await ask(buildQosCommand(settings)));
    const accountParents = parseAccounts(await ask(buildAccountsCommand(clusterName, settings)));
    const users = enforces.has("associations") ? parseUsers(await ask(buildUsersCommand(clusterName, settings))) : null;
    const known = { ...nothing, accountParents };
    if (enforces.has("limits")) return { ...known, associations: users, qos };
    return { ...known, associations: users?.map(withoutLimits) ?? null, qos: qos.map(withoutQosLimits) };
  } catch (error) {
    if (!(error instanceof SchedulerUnavailable)) throw error;
    return { ...nothing, isAccountingAway: true };
  }
}

/** Slurm keeps limits that it does not enforce; whoever shows them would tell people what is not so. */
function withoutLimits(association: Association): Association {
  return { ...association, maxWallSeconds: null, maxTresPerJob: {}, maxJobs: null, maxSubmitJobs: null };
}

function withoutQosLimits<Qos extends QosFacts>(qos: Qos): Qos {
  return { ...qos, maxWallSeconds: null, maxTresPerJob: {}, maxTresPerUser: {}, maxJobsPerUser: null, maxSubmitJobsPerUser: null };
}

interface SlurmConfig {
  readonly clusterName: string;
  readonly keepsAccounts: boolean;
  /** AccountingStorageEnforce: associations, limits, qos, safe, … */
  readonly enforces: ReadonlySet<string>;
  readonly preemptType: string;
}

/** From `scontrol show config`. @throws SchedulerUnavailable */
export function parseConfig(stdout: string): SlurmConfig {
  const settingOf = (key: string) => new RegExp(`^${key}\\s*=[ \\t]*(.*)$`, "m").exec(stdout)?.[1]?.trim() ?? "";
  const clusterName = settingOf("ClusterName");
  if (!/^[\w.-]+$/.test(clusterName)) throw new SchedulerUnavailable("scontrol told no cluster name");
  return {
    clusterName,
    keepsAccounts: settingOf("AccountingStorageType").endsWith("/slurmdbd"),
    enforces: new Set(settingOf("AccountingStorageEnforce").split(",")),
    preemptType: settingOf("PreemptType"),
  };
}

/** PreemptMode alone says little: it is the cluster's default for every partition, whoever preempts. */
function toPreemption(preemptType: string, qos: readonly QosWithPreemption[]): (fields: Keyed, all: readonly Keyed[]) => boolean {
  const tier = (fields: Keyed) => Number(fields.get("PriorityTier") ?? 1);
  const isOn = (fields: Keyed) => !["OFF", "GANG", undefined].includes(fields.get("PreemptMode"));
  if (preemptType.endsWith("/partition_prio")) return (fields, all) => isOn(fields) && all.some((other) => tier(other) > tier(fields));
  if (preemptType.endsWith("/qos")) return (fields) => isOn(fields) && qos.some(({ preempts }) => preempts.length > 0);
  return () => false;
}
