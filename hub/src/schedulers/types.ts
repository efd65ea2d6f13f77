/**
 * What a batch system must be able to do for us. An adapter is pure functions (request -> argv,
 * output -> jobs) plus a little glue; it is handed an `Exec` and imports no transport and no other
 * adapter. "Could not ask" is always a thrown `SchedulerUnavailable`, never a job state.
 */
import type { FileList } from "@fairway/contract/clusters.ts";
import type { Resources } from "@fairway/contract/sessions.ts";
import type { ActAs, Exec } from "../transports/types.ts";
import type { JobUsage, Present, Rules, TrialResult } from "./facts.ts";

export const SCHEDULER_IDS = ["slurm", "local"] as const;
export type SchedulerId = (typeof SCHEDULER_IDS)[number];

export type JobState =
  | "pending"
  | "held"
  | "running"
  | "suspended"
  | "completing"
  | "completed"
  | "failed"
  | "cancelled"
  | "timeout"
  | "out_of_memory"
  | "node_fail"
  | "preempted"
  | "unknown";

/** A number alone may be another job's by now: a controller that lost its state begins to count anew. */
export interface JobKey {
  readonly id: string;
  readonly name: string;
}

export interface JobRequest {
  readonly user: string;
  /** Unique for this session for ever: a submission whose answer was lost is found again by it. */
  readonly jobName: string;
  readonly sessionId: string;
  readonly app: string;
  readonly resources: Resources;
  /** Absolute, or null for the user's home. */
  readonly workingDirectory: string | null;
  /** JSON of ours that says what this job is (no secret); kept by the scheduler beside the job. */
  readonly comment: string;
  /** The closed list of FAIRWAY_* values for the job script; the only way a value gets into a job. */
  readonly values: Readonly<Record<string, string>>;
}

export interface Job {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly state: JobState;
  /** The scheduler's own word. */
  readonly rawState: string;
  readonly pendingReason: string | null;
  /** The first node of the job, once it has one. */
  readonly node: string | null;
  readonly submittedAt: number | null;
  readonly startedAt: number | null;
  /** Its time limit's end while it runs, its real end afterwards. */
  readonly endsAt: number | null;
  /** How often it was requeued, where the scheduler tells. */
  readonly restarts: number;
  readonly exitCode: number | null;
  readonly comment: string | null;
}

export interface JobQuery {
  /** Only jobs whose name starts so are of interest. */
  readonly namePrefix: string;
  /** Whose jobs; null: everybody's (asked once, at start, to find what our database does not know). */
  readonly users: readonly string[] | null;
}

export interface JobList {
  readonly jobs: readonly Job[];
  /** Of those asked for, whom the scheduler's programs could not resolve: about their jobs nothing was asked. */
  readonly unknownUsers: readonly string[];
}

export interface HistoryQuery {
  readonly jobIds: readonly string[];
  readonly jobNames: readonly string[];
  readonly sinceMs: number;
}

export interface LogSlice {
  readonly text: string;
  readonly nextOffset: number;
  readonly sizeBytes: number;
  readonly exists: boolean;
}

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** What a submission sends as the job. `path`: where the site keeps it; null: it is made for each job. */
export interface AppScript {
  readonly path: string | null;
  readonly text: string;
}

export interface Scheduler {
  readonly id: SchedulerId;
  /**
   * @returns the job's id.
   * @throws SubmitRefused when the scheduler said no: nothing was submitted.
   * @throws SchedulerUnavailable when it is not known whether anything was submitted.
   */
  submit(actAs: ActAs, job: JobRequest, options: CallOptions): Promise<string>;
  /** One call for many jobs, those that ended lately included where the scheduler still shows them. */
  list(exec: Exec, query: JobQuery, options: CallOptions): Promise<JobList>;
  /** From accounting: how jobs ended that the queue no longer shows. Null: this site keeps no accounting. */
  history(exec: Exec, query: HistoryQuery, options: CallOptions): Promise<readonly Job[] | null>;
  /** Idempotent: a job that has ended already is success. @throws CancelRefused, SchedulerUnavailable */
  cancel(actAs: ActAs, user: string, job: JobKey, options: CallOptions): Promise<void>;
  readLog(actAs: ActAs, user: string, sessionId: string, offset: number, options: CallOptions): Promise<LogSlice>;
  /**
   * One folder as the person sees it.
   * @param path absolute; "" is their home.
   * @throws FolderRefused when there is no such folder, or they may not read it.
   */
  listFiles(actAs: ActAs, user: string, path: string, options: CallOptions): Promise<FileList>;
  /** @throws SubmitRefused when the site has no such app; SchedulerUnavailable */
  readScript(actAs: ActAs, user: string, app: string, options: CallOptions): Promise<AppScript>;
  /** The submission as a person's shell would do it (POSIX sh). To be read; the launcher does it otherwise. */
  describeSubmission(job: JobRequest, script: AppScript): string;
  /** The scheduler's version, as a proof that it answers. */
  version(exec: Exec, options: CallOptions): Promise<string>;
  /** Null: there is nothing to know (the local scheduler starts everything at once). */
  readonly insight: SchedulerInsight | null;
}

/** The part of a scheduler that knows more than our own jobs. All throw SchedulerUnavailable. */
export interface SchedulerInsight {
  rules(exec: Exec, options: CallOptions): Promise<Rules>;
  present(exec: Exec, options: CallOptions): Promise<Present>;
  /**
   * What it would say to this submission; submits nothing. As the person. Slurm looks at resources and reservations, and at
   * limits only where it would refuse: a job that a limit would hold back for ever is told a start, too (clusters/refusals.ts knows those).
   */
  trial(actAs: ActAs, job: JobRequest, options: CallOptions): Promise<TrialResult>;
  /** What ended jobs used. Null: no accounting. Jobs it does not know (yet) are missing from the answer. */
  usage(exec: Exec, jobs: readonly JobKey[], options: CallOptions): Promise<readonly JobUsage[] | null>;
  /** The argv after the operator script that raises a job's limit to so many minutes in all. */
  buildExtendArguments(jobId: string, jobName: string, totalMinutes: number): readonly string[];
}

/** The scheduler could not be asked, or its answer could not be understood. Says nothing about any job. */
export class SchedulerUnavailable extends Error {
  override readonly name = "SchedulerUnavailable";
  /** Its own words, for the operator and, shortened, for people. */
  readonly detail: string;

  constructor(detail: string, options: { cause?: unknown } = {}) {
    super(`the scheduler could not be asked: ${detail}`, options);
    this.detail = detail;
  }
}

/** The scheduler understood and said no. `detail` is its own sentence. */
export class SubmitRefused extends Error {
  override readonly name = "SubmitRefused";
  readonly detail: string;

  constructor(detail: string) {
    super(`the job was refused: ${detail}`);
    this.detail = detail;
  }
}

/** This gateway may not end anything as this person here. `detail` is the launcher's own sentence; nothing was done. */
export class CancelRefused extends Error {
  override readonly name = "CancelRefused";
  readonly detail: string;

  constructor(detail: string) {
    super(`the job could not be ended: ${detail}`);
    this.detail = detail;
  }
}

/** There is no such folder, or the person may not read it. */
export class FolderRefused extends Error {
  override readonly name = "FolderRefused";
  readonly detail: string;

  constructor(detail: string) {
    super(`the folder could not be listed: ${detail}`);
    this.detail = detail;
  }
}
