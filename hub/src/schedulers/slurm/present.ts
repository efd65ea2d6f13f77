/**
 * What changes by the minute: nodes with what is free on them, and everybody's pending jobs. Pure: commands and parsing.
 * Four calls of slurmctld together (nodes, jobs, and each time the partitions), whatever the number of people.
 */
import type { Command } from "../../transports/types.ts";
import type { NodeFacts, QueuedJob } from "../facts.ts";
import { SchedulerUnavailable } from "../types.ts";
import { buildEnv, type Separators, type SlurmSettings } from "./commands.ts";
import { type Keyed, mustHave, parseKeyedLines, toCount, toNames, toText, toTime, toTres } from "./quantities.ts";

/** -d: GresUsed, which is right also where AccountingStorageTRES does not name gres/gpu (AllocTRES is silent then). */
export function buildNodesCommand(settings: SlurmSettings): Command {
  return { argv: ["scontrol", "-o", "-d", "--all", "show", "node"], env: buildEnv(settings) };
}

/** @throws SchedulerUnavailable */
export function parseNodes(stdout: string): readonly NodeFacts[] {
  return parseKeyedLines(stdout, "NodeName").map((fields) => {
    const state = toNodeState(mustHave(fields, "State"));
    return { name: mustHave(fields, "NodeName"), partitions: toNames(fields.get("Partitions")), ...state, ...countResources(fields) };
  });
}

/** Flags, or base states, of a node that takes no new work of everybody's. POWERED_DOWN ones are started when needed. */
const UNUSABLE = [
  ...["DOWN", "ERROR", "FUTURE", "UNKNOWN", "INVAL", "INVALID_REG", "NOT_RESPONDING", "NO_RESPOND", "BLOCKED"],
  ...["DRAIN", "DRAINED", "DRAINING", "FAIL", "FAILING", "MAINT", "MAINTENANCE", "RES", "RESERVED"],
  ...["REBOOT", "REBOOT_ISSUED", "REBOOT_REQUESTED", "POWER_DOWN", "POWERING_DOWN"],
];

/** `MIXED+DRAIN+PLANNED`, and a sign at the end: `*` does not respond; others (`~`, `#`, …) are about its power. */
function toNodeState(word: string): Pick<NodeFacts, "state" | "isUsable"> {
  const words = word.split("+").map((part) => part.replace(/[^A-Z_]/g, ""));
  const base = words[0] ?? "";
  const isDrained = words.includes("DRAIN") && base !== "DOWN";
  const busy = base === "ALLOCATED" || base === "MIXED" || words.includes("COMPLETING");
  const state = isDrained ? (busy ? "draining" : "drained") : base.toLowerCase();
  return { state, isUsable: !word.includes("*") && !words.some((part) => UNUSABLE.includes(part)) };
}

function countResources(fields: Keyed): Pick<NodeFacts, "cpus" | "memory" | "gpus"> {
  // Without cores and memory that the site keeps for its own daemons.
  const cpus = toCount(fields.get("CPUEfctv")) ?? toCount(mustHave(fields, "CPUTot")) ?? 0;
  const memoryMb = (toCount(mustHave(fields, "RealMemory")) ?? 0) - (toCount(fields.get("MemSpecLimit")) ?? 0);
  const freeMb = memoryMb - (toCount(mustHave(fields, "AllocMem")) ?? 0);
  return {
    cpus: { total: cpus, free: Math.max(0, cpus - (toCount(mustHave(fields, "CPUAlloc")) ?? 0)) },
    memory: { totalBytes: Math.max(0, memoryMb) * 2 ** 20, freeBytes: Math.max(0, freeMb) * 2 ** 20 },
    gpus: countGpus(fields),
  };
}

function countGpus(fields: Keyed): NodeFacts["gpus"] {
  const totals = toGpuCounts(fields.get("Gres"));
  const used = fields.has("GresUsed") ? toGpuCounts(fields.get("GresUsed")) : toAllocatedGpus(fields.get("AllocTRES"));
  return [...totals].map(([type, total]) => {
    const ours = used.get(type) ?? (totals.size === 1 ? sum(used.values()) : 0);
    return { type, total, free: Math.max(0, total - ours) };
  });
}

/** `gpu:a100:2(S:0-1),gpu:1,shard:8` or `gpu:a100:1(IDX:0)`; without a type, old versions say `gpu:(null):1(IDX:0)`. */
function toGpuCounts(list: string | undefined): ReadonlyMap<string | null, number> {
  const counts = new Map<string | null, number>();
  for (const [, type, count] of (list ?? "").matchAll(/(?:^|,)gpu(?::([^:,(]+|\(null\)))?:(\d+)(?![^,(])/g)) {
    const known = type === "(null)" ? null : (type ?? null);
    counts.set(known, (counts.get(known) ?? 0) + Number(count));
  }
  return counts;
}

function toAllocatedGpus(tres: string | undefined): ReadonlyMap<string | null, number> {
  const typed = Object.entries(toTres(tres)).filter(([name]) => name.startsWith("gres/gpu:"));
  if (typed.length > 0) return new Map(typed.map(([name, count]) => [name.slice("gres/gpu:".length), count]));
  return new Map([[null, toTres(tres)["gres/gpu"] ?? 0]]);
}

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, number) => total + number, 0);

/**
 * Job id, partitions, priority, reason and, of a pending job, the start that the backfill plans (`squeue --start` has the same,
 * seen on all four versions). Nobody but Slurm and its administrators can write into these; --format pads and cuts nothing.
 */
const PENDING_FIELDS = ["%A", "%P", "%Q", "%r", "%S"] as const;

export function buildPendingCommand(separators: Separators, settings: SlurmSettings): Command {
  const format = `--format=${PENDING_FIELDS.join(separators.field)}${separators.record}`;
  return { argv: ["squeue", "--noheader", "--all", "--states=PENDING", format], env: buildEnv(settings) };
}

/** Slurm leaves the plan standing that it had before such a job met its limit, or was held. */
const HELD_BACK = /^(Assoc|QOS|Max|JobHeld|Dependency)/;

/** @throws SchedulerUnavailable */
export function parsePending(stdout: string, separators: Separators): readonly QueuedJob[] {
  const records = stdout.split(`${separators.record}\n`);
  if (records.pop() !== "") throw new SchedulerUnavailable("squeue's answer was cut");
  return records.map((record) => {
    const fields = record.split(separators.field);
    const [id = "", partitions, priority, reason, start] = fields;
    if (fields.length !== PENDING_FIELDS.length || !/^\d+$/.test(id)) throw new SchedulerUnavailable("squeue's answer was garbled");
    return {
      id,
      partitions: toNames(partitions),
      priority: Number(priority) || 0,
      reason: toText(reason),
      expectedStart: HELD_BACK.test(reason ?? "") ? null : toTime(start),
    };
  });
}
