/** Partitions and reservations, from `scontrol -o show`. Pure: commands and parsing. */
import type { Command } from "../../transports/types.ts";
import type { PartitionFacts, ReservationFacts } from "../facts.ts";
import { SchedulerUnavailable } from "../types.ts";
import { buildEnv, type SlurmSettings } from "./commands.ts";
import {
  type Keyed,
  mustHave,
  parseKeyedLines,
  toBytes,
  toCount,
  toNames,
  toSeconds,
  toSignedNames,
  toText,
  toTime,
} from "./quantities.ts";

/** --all: also those that are hidden from our own account because other groups may use them. */
export function buildPartitionsCommand(settings: SlurmSettings): Command {
  return { argv: ["scontrol", "-o", "--all", "show", "partition"], env: buildEnv(settings) };
}

export function buildReservationsCommand(settings: SlurmSettings): Command {
  return { argv: ["scontrol", "-o", "--all", "show", "reservation"], env: buildEnv(settings) };
}

/**
 * @param isPreemptable whether a partition's jobs may be preempted, see rules.ts
 * @throws SchedulerUnavailable
 */
export function parsePartitions(stdout: string, isPreemptable: (fields: Keyed, all: readonly Keyed[]) => boolean): PartitionFacts[] {
  const all = parseKeyedLines(stdout, "PartitionName");
  // Of partitions that we are not told of we say that they do not exist: an empty answer must not say it of all.
  if (all.length === 0) throw new SchedulerUnavailable("scontrol told of no partition");
  return all.map((fields) => ({
    name: mustHave(fields, "PartitionName"),
    isDefault: fields.get("Default") === "YES",
    state: mustHave(fields, "State"),
    maxTimeSeconds: toSeconds(mustHave(fields, "MaxTime")),
    defaultTimeSeconds: toSeconds(fields.get("DefaultTime")),
    maxNodes: toCount(fields.get("MaxNodes")),
    maxCpusPerNode: toCount(fields.get("MaxCPUsPerNode")),
    maxMemoryPerNodeBytes: toBytes(fields.get("MaxMemPerNode"), "M"),
    maxMemoryPerCpuBytes: toBytes(fields.get("MaxMemPerCPU"), "M"),
    defaultMemoryPerNodeBytes: toBytes(fields.get("DefMemPerNode"), "M"),
    defaultMemoryPerCpuBytes: toBytes(fields.get("DefMemPerCPU"), "M"),
    allowAccounts: toAllowed(fields.get("AllowAccounts")),
    denyAccounts: toNames(fields.get("DenyAccounts")),
    allowQos: toAllowed(fields.get("AllowQos")),
    denyQos: toNames(fields.get("DenyQos")),
    allowGroups: fields.get("RootOnly") === "YES" ? [] : toAllowed(fields.get("AllowGroups")),
    qos: toText(fields.get("QoS")),
    isPreemptable: isPreemptable(fields, all),
    needsReservation: fields.get("ReqResv") === "YES",
  }));
}

/** The key is missing where there is a list of those denied instead. */
function toAllowed(value: string | undefined): readonly string[] | null {
  return value === undefined || value === "ALL" ? null : toNames(value);
}

/** @throws SchedulerUnavailable */
export function parseReservations(stdout: string): ReservationFacts[] {
  return parseKeyedLines(stdout, "ReservationName").map((fields) => ({
    name: mustHave(fields, "ReservationName"),
    partition: toText(fields.get("PartitionName")),
    users: toSignedNames(fields.get("Users")),
    accounts: toSignedNames(fields.get("Accounts")),
    groups: toSignedNames(fields.get("Groups")),
    startsAt: toTime(mustHave(fields, "StartTime")) ?? 0,
    endsAt: toTime(mustHave(fields, "EndTime")) ?? 0,
  }));
}
