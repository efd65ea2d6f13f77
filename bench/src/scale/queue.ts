/** The simulated cluster's jobs: accepted, run while there is room, kept for a while after their end. Pure but for the clock it is given. */
export interface SimulatedJob {
  readonly id: string;
  readonly name: string;
  readonly submittedAt: number;
  readonly timeLimitSeconds: number;
  /** What sbatch was given for it, in its environment. */
  readonly values: Readonly<Record<string, string>>;
  /** It never says a word, so its session starts for ever; it needs no room. */
  readonly isSilent: boolean;
  state: "PENDING" | "RUNNING" | "COMPLETED" | "CANCELLED";
  startedAt: number | null;
  endedAt: number | null;
}

/** slurm.conf's default: so long squeue --states=all shows a job that has ended. */
const MIN_JOB_AGE_MS = 300_000;

export class SimulatedQueue {
  readonly #jobs = new Map<string, SimulatedJob>();
  readonly #capacity: number;
  readonly #now: () => number;
  readonly #onStart: (job: SimulatedJob) => void;
  #running = 0;
  #lastId = 1000;

  constructor(capacity: number, now: () => number, onStart: (job: SimulatedJob) => void) {
    this.#capacity = capacity;
    this.#now = now;
    this.#onStart = onStart;
  }

  submit(job: Pick<SimulatedJob, "name" | "timeLimitSeconds" | "values" | "isSilent">): string {
    this.#lastId += 1;
    const id = String(this.#lastId);
    this.#jobs.set(id, { ...job, id, submittedAt: this.#now(), state: "PENDING", startedAt: null, endedAt: null });
    this.#startSome();
    return id;
  }

  /** @returns false when there is none that could end. */
  end(id: string, state: "COMPLETED" | "CANCELLED"): boolean {
    const job = this.#jobs.get(id);
    if (job === undefined || job.endedAt !== null) return false;
    if (job.state === "RUNNING") this.#running -= 1;
    job.state = state;
    job.endedAt = this.#now();
    this.#startSome();
    return true;
  }

  get(id: string): SimulatedJob | undefined {
    return this.#jobs.get(id);
  }

  /** As squeue has them. */
  list(): readonly SimulatedJob[] {
    const oldest = this.#now() - MIN_JOB_AGE_MS;
    return [...this.#jobs.values()].filter(({ endedAt }) => endedAt === null || endedAt >= oldest);
  }

  #startSome(): void {
    for (const job of this.#jobs.values()) {
      if (job.state !== "PENDING" || (this.#running >= this.#capacity && !job.isSilent)) continue;
      this.#running += 1;
      job.state = "RUNNING";
      job.startedAt = this.#now();
      this.#onStart(job);
    }
  }
}
