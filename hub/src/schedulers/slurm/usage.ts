/** What ended jobs used of what they asked for, from sacct. Pure: command and parsing. */
import type { Command } from "../../transports/types.ts";
import type { JobUsage } from "../facts.ts";
import { type JobKey, SchedulerUnavailable } from "../types.ts";
import { buildEnv, type Separators, type SlurmSettings } from "./commands.ts";
import { toBytes, toCount, toSeconds, toTres } from "./quantities.ts";
import { hasEnded, toJobState } from "./states.ts";

const FIELDS = [
  ...["JobIDRaw", "State", "ElapsedRaw", "AllocCPUS", "TotalCPU", "ReqMem", "ReqTRES", "AllocTRES"],
  ...["MaxRSS", "TRESUsageInMax", "TRESUsageInTot"],
] as const;

/**
 * With the steps, which alone know what was measured. Of a requeued job the latest run is told. A number whose job has
 * another name is another job's by now: a controller that lost its state counts anew. (With --jobs, --name has no window.)
 */
export function buildUsageCommand(asked: readonly JobKey[], separators: Separators, settings: SlurmSettings): Command {
  const shared = ["--allusers", "--noheader", "--noconvert", "--parsable", `--delimiter=${separators.field}`];
  const which = [`--jobs=${asked.map(({ id }) => id).join(",")}`, `--name=${asked.map(({ name }) => name).join(",")}`];
  return { argv: ["sacct", ...shared, `--format=${FIELDS.join(",")}`, ...which], env: buildEnv(settings) };
}

type Row = Readonly<Record<(typeof FIELDS)[number], string>>;

/** Jobs that have not ended are left out: their figures are not there yet. @throws SchedulerUnavailable */
export function parseUsage(stdout: string, separators: Separators): readonly JobUsage[] {
  const steps = new Map<string, Row[]>();
  const jobs: Row[] = [];
  for (const row of toRows(stdout, separators)) {
    const [jobId = "", step] = row.JobIDRaw.split(".", 2);
    if (step === undefined) jobs.push(row);
    else steps.set(jobId, [...(steps.get(jobId) ?? []), row]);
  }
  return jobs.filter((job) => hasEnded(toJobState(job.State, null))).map((job) => toUsage(job, steps.get(job.JobIDRaw) ?? []));
}

function toRows(stdout: string, separators: Separators): readonly Row[] {
  const records = stdout.split(`${separators.field}\n`);
  if (records.pop() !== "") throw new SchedulerUnavailable("sacct's answer was cut");
  return records.map((record) => {
    const values = record.split(separators.field);
    if (values.length !== FIELDS.length || !/^\d/.test(values[0] ?? "")) throw new SchedulerUnavailable("sacct's answer was garbled");
    return Object.fromEntries(FIELDS.map((name, index) => [name, values[index] ?? ""])) as Row;
  });
}

function toUsage(job: Row, steps: readonly Row[]): JobUsage {
  const gpus = toTres(job.AllocTRES)["gres/gpu"] ?? 0;
  const gpuPercent = most(steps.flatMap((step) => [readGpuPercent(step.TRESUsageInMax), readGpuPercent(step.TRESUsageInTot)]));
  return {
    jobId: job.JobIDRaw,
    state: /^[A-Z_]+/.exec(job.State)?.[0] ?? job.State,
    elapsedSeconds: toCount(job.ElapsedRaw) ?? 0,
    allocatedCpus: toCount(job.AllocCPUS) ?? 0,
    cpuSeconds: steps.length === 0 ? null : toSeconds(job.TotalCPU),
    requestedMemoryBytes: toTres(job.ReqTRES).mem ?? toTres(job.AllocTRES).mem ?? readReqMem(job),
    maxMemoryBytes: most(steps.map((step) => toBytes(step.MaxRSS, "B"))),
    gpuFraction: gpus === 0 || gpuPercent === null ? null : Math.min(1, gpuPercent / 100 / gpus),
  };
}

/** `100M`; before 21.08 per node (`100Mn`) or per CPU (`100Mc`). */
function readReqMem(job: Row): number | null {
  const bytes = toBytes(job.ReqMem, "M");
  return bytes !== null && job.ReqMem.endsWith("c") ? bytes * (toCount(job.AllocCPUS) ?? 1) : bytes;
}

/** Slurm's high-water mark over all GPUs of a step, 100 for each that was wholly busy (gres.html, "GPU accounting"). */
function readGpuPercent(tres: string): number | null {
  return toTres(tres)["gres/gpuutil"] ?? null;
}

/** The largest that is known. */
function most(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((number) => number !== null);
  return known.length === 0 ? null : Math.max(...known);
}
