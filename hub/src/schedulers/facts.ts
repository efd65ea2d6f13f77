/**
 * What a scheduler can tell of itself besides our own jobs: its rules, what is free, who waits. All
 * read with one call for everybody and cached by `clusters/`; nothing here is ever asked per viewer.
 */
/** Counts and sizes by TRES name as Slurm writes it: cpu, mem (bytes), node, gres/gpu, gres/gpu:a100. */
export type Tres = Readonly<Record<string, number>>;

export interface PartitionFacts {
  readonly name: string;
  readonly isDefault: boolean;
  /** UP, DOWN, DRAIN or INACTIVE, in the scheduler's own word. */
  readonly state: string;
  readonly maxTimeSeconds: number | null;
  readonly defaultTimeSeconds: number | null;
  readonly maxNodes: number | null;
  readonly maxCpusPerNode: number | null;
  readonly maxMemoryPerNodeBytes: number | null;
  readonly maxMemoryPerCpuBytes: number | null;
  readonly defaultMemoryPerNodeBytes: number | null;
  readonly defaultMemoryPerCpuBytes: number | null;
  /** Null: all. */
  readonly allowAccounts: readonly string[] | null;
  readonly denyAccounts: readonly string[];
  readonly allowQos: readonly string[] | null;
  readonly denyQos: readonly string[];
  /** Unix groups. Null: all; empty: nobody but root (RootOnly). */
  readonly allowGroups: readonly string[] | null;
  /** The partition's own QoS, whose limits count too. */
  readonly qos: string | null;
  /** Its jobs may be suspended or requeued for others'. */
  readonly isPreemptable: boolean;
  /** ReqResv: only within a reservation. */
  readonly needsReservation: boolean;
}

export interface NodeFacts {
  readonly name: string;
  readonly partitions: readonly string[];
  /** The scheduler's own word, without its suffixes, in lower case: idle, mixed, allocated, down, drained, … */
  readonly state: string;
  /** It answers and takes new work (neither down, drained, powered off for good, nor reserved for others). */
  readonly isUsable: boolean;
  readonly cpus: { readonly total: number; readonly free: number };
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number };
  readonly gpus: readonly { readonly type: string | null; readonly total: number; readonly free: number }[];
}

/** A row of accounting: this person may use this account (in this partition only, where it says so). */
export interface Association {
  readonly user: string;
  readonly account: string;
  readonly partition: string | null;
  readonly isDefaultAccount: boolean;
  readonly qos: readonly string[];
  readonly defaultQos: string | null;
  readonly maxWallSeconds: number | null;
  readonly maxTresPerJob: Tres;
  readonly maxJobs: number | null;
  readonly maxSubmitJobs: number | null;
}

export interface QosFacts {
  readonly name: string;
  readonly maxWallSeconds: number | null;
  readonly maxTresPerJob: Tres;
  readonly maxTresPerUser: Tres;
  readonly maxJobsPerUser: number | null;
  readonly maxSubmitJobsPerUser: number | null;
  /** With it, what is over a limit is refused; without, it waits for ever. */
  readonly isDenyOnLimit: boolean;
  /** PartitionTimeLimit: its jobs may be longer than their partition allows. */
  readonly mayExceedPartitionTime: boolean;
  /** OverPartQOS: where both set a limit, its own counts instead of that of the partition's QoS. */
  readonly isBeforePartitionQos: boolean;
}

/** Empty lists are no condition; a name with a minus is kept out, and all others are in. */
export interface ReservationFacts {
  readonly name: string;
  readonly partition: string | null;
  readonly users: readonly string[];
  readonly accounts: readonly string[];
  readonly groups: readonly string[];
  readonly startsAt: number;
  readonly endsAt: number;
}

/** Everything that changes by the day. */
export interface Rules {
  /** All of them, also those hidden from our account: one that is not here does not exist. */
  readonly partitions: readonly PartitionFacts[];
  /**
   * Null: nobody is refused for the lack of one. This site enforces none (no accounting, or AccountingStorageEnforce without
   * them), or we are not shown them.
   */
  readonly associations: readonly Association[] | null;
  /** Accounting could not be asked just now: associations are null and qos is empty, and what was known before still holds. */
  readonly isAccountingAway?: true;
  /** By account, the account above it: what a partition allows to one, it allows to those below it. Empty: not known. */
  readonly accountParents: Readonly<Record<string, string>>;
  /** AccountingStorageEnforce without "qos": any QoS may be used, whatever associations say. (Limits that are not enforced are not told.) */
  readonly enforcesQos: boolean;
  readonly qos: readonly QosFacts[];
  readonly reservations: readonly ReservationFacts[];
}

export interface QueuedJob {
  readonly id: string;
  /** More than one where the job may start in any of them. */
  readonly partitions: readonly string[];
  readonly priority: number;
  readonly reason: string | null;
  /** The scheduler's own plan; null: it has none yet. */
  readonly expectedStart: number | null;
}

/** Everything that changes by the minute. */
export interface Present {
  readonly nodes: readonly NodeFacts[];
  /** Everybody's pending jobs; held ones and those waiting for another job included. */
  readonly pending: readonly QueuedJob[];
}

export type TrialResult =
  | { readonly kind: "would-start"; readonly at: number }
  /** It said no; `detail` is its own sentence. */
  | { readonly kind: "refused"; readonly detail: string };

/** Accounting's figures of one ended job. */
export interface JobUsage {
  readonly jobId: string;
  readonly state: string;
  readonly elapsedSeconds: number;
  readonly allocatedCpus: number;
  readonly cpuSeconds: number | null;
  readonly requestedMemoryBytes: number | null;
  readonly maxMemoryBytes: number | null;
  /** 0 to 1 over all its GPUs; null: not measured here. */
  readonly gpuFraction: number | null;
}
