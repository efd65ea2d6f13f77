/** What squeue and sacct print for the simulated jobs, padded as the real ones pad. Pure. */
import type { SimulatedJob } from "./queue.ts";

export interface Site {
  /** The account that owns every job. */
  readonly account: string;
  readonly node: string;
}

type Field = (job: SimulatedJob, site: Site) => string;

const seconds = (ms: number | null) => (ms === null ? "N/A" : String(Math.floor(ms / 1000)));
const endOf = ({ startedAt, endedAt, timeLimitSeconds }: SimulatedJob) =>
  endedAt ?? (startedAt === null ? null : startedAt + timeLimitSeconds * 1000);

/** By squeue's names and sacct's, in lower case. */
const FIELDS: Readonly<Record<string, Field>> = {
  jobid: (job) => job.id,
  jobidraw: (job) => job.id,
  name: (job) => job.name,
  jobname: (job) => job.name,
  username: (_job, site) => site.account,
  user: (_job, site) => site.account,
  state: (job) => job.state,
  reason: (job) => (job.state === "PENDING" ? "Priority" : "None"),
  batchhost: (job, site) => (job.startedAt === null ? "" : site.node),
  nodelist: (job, site) => (job.startedAt === null ? "None assigned" : site.node),
  submittime: (job) => seconds(job.submittedAt),
  submit: (job) => seconds(job.submittedAt),
  starttime: (job) => seconds(job.startedAt),
  start: (job) => seconds(job.startedAt),
  endtime: (job) => seconds(endOf(job)),
  end: (job) => seconds(job.endedAt),
  restartcnt: () => "0",
  exit_code: () => "0",
  exitcode: () => "0:0",
  comment: () => "(null)",
};

/** `format`: squeue's --Format, FIELD:WIDTH and whatever is to stand behind each. */
export function renderQueue(jobs: readonly SimulatedJob[], format: string, site: Site): string {
  const columns = format.split(",").map((column) => {
    const [, name = "", width = "20", suffix = ""] = /^(\w+):(\d+)(.*)$/s.exec(column) ?? [];
    return { value: fieldOf(name), width: Number(width), suffix };
  });
  return jobs
    .map((job) => `${columns.map(({ value, width, suffix }) => value(job, site).padEnd(width).slice(0, width) + suffix).join("")}\n`)
    .join("");
}

/** squeue's --format letters. */
const LETTERS: Readonly<Record<string, Field>> = {
  A: (job) => job.id,
  P: () => "batch",
  Q: () => "1000",
  r: (job) => (job.state === "PENDING" ? "Priority" : "None"),
  S: () => "N/A",
};

/** `format`: squeue's --format, %X and whatever stands between. */
export function renderShort(jobs: readonly SimulatedJob[], format: string, site: Site): string {
  return jobs.map((job) => `${format.replaceAll(/%(\w)/g, (_, letter: string) => LETTERS[letter]?.(job, site) ?? "")}\n`).join("");
}

/** `format`: sacct's --format; each field, the last too, is closed by the delimiter (--parsable). */
export function renderHistory(jobs: readonly SimulatedJob[], format: string, delimiter: string, site: Site): string {
  const fields = format.split(",").map(fieldOf);
  return jobs.map((job) => `${fields.map((field) => field(job, site) + delimiter).join("")}\n`).join("");
}

/** A field that is not simulated is empty, as in an older Slurm. */
function fieldOf(name: string): Field {
  return FIELDS[name.toLowerCase()] ?? (() => "");
}
